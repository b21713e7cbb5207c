import type { OpenBrowserRequest, Proxies } from '@carrel/protocol';
import { z } from 'zod';
import { NotSupported } from '../wire/errors.js';

const proxy = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('notte').optional(),
    id: z.string().nullish(),
    country: z.string().nullish(),
    city: z.string().nullish(),
  }),
  z.object({
    type: z.literal('external'),
    server: z.string(),
    username: z.string().nullish(),
    password: z.string().nullish(),
    bypass: z.string().nullish(),
  }),
  z.object({ type: z.literal('tailnet') }),
]);
type NotteProxy = z.output<typeof proxy>;

/** The body of `POST /sessions/start`. What is not here changes nothing of the session (`headless`, `use_file_storage`, `screenshot_type`, …). */
export const startRequest = z.object({
  solve_captchas: z.boolean().default(true),
  max_duration_minutes: z.number().int().min(1).max(1440).default(15),
  idle_timeout_minutes: z.number().int().min(1).max(1440).nullish(),
  /** The same, as older clients call it. */
  timeout_minutes: z.number().int().min(1).max(1440).nullish(),
  proxies: z.union([z.boolean(), z.string(), z.array(proxy)]).default(false),
  browser_type: z.enum(['chromium', 'chrome', 'firefox', 'chrome-nightly', 'chrome-turbo']).default('chromium'),
  user_agent: z.string().nullish(),
  chrome_args: z.array(z.string()).nullish(),
  viewport_width: z.number().int().nullish(),
  viewport_height: z.number().int().nullish(),
  aspect_ratio: z.enum(['5:4', '16:9']).nullish(),
  cdp_url: z.string().nullish(),
  profile: z.object({ id: z.string(), persist: z.boolean().default(false) }).nullish(),
  web_bot_auth: z.boolean().default(false),
  advanced_stealth: z.boolean().default(false),
  demonstrate: z.boolean().default(false),
  extra_http_headers: z.record(z.string(), z.string()).nullish(),
  vault_id: z.string().nullish(),
  auth_ids: z.array(z.string()).nullish(),
});
export type StartRequest = z.output<typeof startRequest>;

const DEFAULT_IDLE_MINUTES = 3;
const VIEWPORTS = { '5:4': { width: 1280, height: 1024 }, '16:9': { width: 1280, height: 720 } } as const;

/** The browser that a session is. @throws {NotSupported} for what Carrel does not have: an option that is accepted is obeyed */
export function toOpenBrowserRequest(request: StartRequest): OpenBrowserRequest {
  refuseUnsupported(request);
  const { profile, user_agent: userAgent } = request;
  const proxies = toProxies(request.proxies);
  const viewport = viewportOf(request);
  const identity = { ...(userAgent ? { userAgent } : {}), ...(viewport === undefined ? {} : { viewport }) };
  return {
    // The aliases of Chrome are the full browser, and Chromium is what starts fastest.
    kind: request.browser_type === 'chromium' ? 'headless-shell' : 'chromium',
    idleTimeoutSeconds:
      60 * (request.idle_timeout_minutes ?? request.timeout_minutes ?? Math.min(DEFAULT_IDLE_MINUTES, request.max_duration_minutes)),
    maxDurationSeconds: 60 * request.max_duration_minutes,
    solveCaptchas: request.solve_captchas,
    ...(proxies === undefined ? {} : { proxies }),
    ...(profile ? { profile } : {}),
    ...(Object.keys(identity).length === 0 ? {} : { identity }),
  };
}

/** What a field of the native request is called here, where another name was written. */
const FIELDS: Readonly<Record<string, keyof StartRequest>> = {
  'identity.viewport.width': 'viewport_width',
  'identity.viewport.height': 'viewport_height',
  'identity.userAgent': 'user_agent',
  idleTimeoutSeconds: 'idle_timeout_minutes',
  maxDurationSeconds: 'max_duration_minutes',
};

/** The name of a field as it was written. @param native the path of the field of the native request that it became */
export const fieldOf = (native: string): string => FIELDS[native] ?? native;

function refuseUnsupported(request: StartRequest): void {
  const refuse = (isAsked: boolean, message: string) => {
    if (isAsked) throw new NotSupported(message);
  };
  refuse(request.browser_type === 'firefox', 'Carrel runs Chromium only: leave browser_type out, or say "chrome" for the full browser.');
  refuse(
    Boolean(request.cdp_url),
    'A session here is a browser of this server: cdp_url cannot name another. Connect to that one directly.',
  );
  refuse((request.chrome_args ?? []).length > 0, 'chrome_args are not taken: flags could open what keeps the browser in. Leave them out.');
  refuse(request.web_bot_auth, 'web_bot_auth needs a signing key that sites know; this server has none. Leave it out.');
  refuse(request.advanced_stealth, 'advanced_stealth is not there: a browser here is what it says it is. Leave it out.');
  refuse(
    request.demonstrate,
    'demonstrate needs an extension of Notte’s, which is not there: watch the session at its viewer_url. Leave it out.',
  );
  refuse(
    Object.keys(request.extra_http_headers ?? {}).length > 0,
    'extra_http_headers are not taken at the start: set them over CDP (Playwright: context.set_extra_http_headers).',
  );
  refuse(
    (request.auth_ids ?? []).length > 0,
    'There are no managed connections (auth_ids) here: give the session a profile, or a vault_id.',
  );
}

function viewportOf({ viewport_width: width, viewport_height: height, aspect_ratio: ratio }: StartRequest) {
  if (ratio) return VIEWPORTS[ratio];
  if (!width && !height) return undefined;
  if (width && height) return { width, height };
  throw new NotSupported('Give both viewport_width and viewport_height, or neither.');
}

function toProxies(asked: StartRequest['proxies']): Proxies | undefined {
  if (asked === false) return undefined;
  if (typeof asked !== 'object') return typeof asked === 'string' ? toCountry(asked) : asked;
  const [first, ...more] = asked;
  if (first === undefined) return undefined;
  if (more.length > 0) throw new NotSupported('Give one proxy at most.');
  return toProxy(first);
}

function toProxy(asked: NotteProxy): Proxies {
  if (asked.type === 'tailnet') {
    throw new NotSupported(
      'Proxies into a tailnet are not there: run a SOCKS5 proxy in it, and name that as a proxy of the type "external".',
    );
  }
  if (asked.type === 'external') {
    const { server, username, password, bypass } = asked;
    return [{ server, ...(username ? { username } : {}), ...(password ? { password } : {}), ...(bypass ? { bypass } : {}) }];
  }
  if (asked.id) throw new NotSupported('Proxies cannot be named by id: the operator lists those that there are in CARREL_PROXIES.');
  if (asked.city) throw new NotSupported('Proxies can be asked for by country, not by city: leave city out.');
  return asked.country ? toCountry(asked.country) : true;
}

/** Notte's list has `gb`, and some clients `uk`. */
function toCountry(text: string): string {
  if (/^[a-z]{2}$/i.test(text)) return text.toLowerCase() === 'uk' ? 'GB' : text.toUpperCase();
  throw new NotSupported(`${JSON.stringify(text)} is no country: give two letters of ISO 3166-1, such as "us".`);
}
