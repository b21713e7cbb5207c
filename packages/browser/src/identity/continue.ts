import type { Identity, IdentityRequest } from '@carrel/protocol';
import type { ChromiumFacts } from '../chromium/index.js';
import { userAgentOf } from './user-agent.js';

/** What goes together: who asks for one of these says nothing of the others, and what was kept of them may not fit. */
const TOGETHER: readonly (readonly (keyof IdentityRequest)[])[] = [
  ['locale', 'languages'],
  ['timezone', 'geolocation'],
  ['viewport', 'screen'],
  ['rendering', 'seed'],
];
/** How every Chromium's own user agent ends. */
const OWN_END = 'Safari/537.36';

/** An identity as it can be asked for again. */
export function asRequest({ geolocation, ...identity }: Identity): IdentityRequest {
  return { ...identity, ...(geolocation === null ? {} : { geolocation }) };
}

/** What to ask for so that a browser is who another was, but for what is asked for now. The Chromium may be another, or a newer one. */
export function continuing(kept: IdentityRequest, asked: IdentityRequest, chromium: ChromiumFacts): IdentityRequest {
  const stale = new Set(TOGETHER.filter((fields) => fields.some((field) => asked[field] !== undefined)).flat());
  const { userAgent, ...rest } = Object.fromEntries(
    Object.entries(kept).filter(([field]) => !stale.has(field as keyof IdentityRequest)),
  ) as IdentityRequest;
  const own = userAgent === undefined ? '' : userAgent.slice(userAgent.indexOf(OWN_END) + OWN_END.length);
  return { ...rest, ...(own === '' ? {} : { userAgent: userAgentOf(chromium) + own }), ...asked };
}
