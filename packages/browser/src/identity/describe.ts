import type { BrowserKind, Identity } from '@carrel/protocol';
import type { ChromiumFacts } from '../chromium/index.js';
import type { Isolation } from '../isolation/index.js';
import { type ResolveOptions, resolveIdentity } from './resolve.js';

/** An identity, and the Chromium that is to have it. */
export interface DescribedIdentity {
  identity: Identity;
  chromium: ChromiumFacts;
}

/**
 * The whole identity of a browser of this kind behind these walls.
 * @throws {CarrelError} `identity_contradiction`; `chromium_not_found` or `launch_failed` when there is no Chromium to ask
 */
export async function describeIdentity(
  isolation: Pick<Isolation, 'chromium'>,
  kind: BrowserKind,
  wishes: Omit<ResolveOptions, 'chromium'>,
): Promise<DescribedIdentity> {
  const chromium = await isolation.chromium(kind);
  return { identity: resolveIdentity({ ...wishes, chromium }), chromium };
}
