import type { ProfileArchive } from '@carrel/browser';
import { CarrelError, type IdentityRequest, type OpenBrowserRequest } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { AttachedProfile, Profiles } from '../profiles/index.js';
import type { Settings } from '../settings/index.js';
import type { VerifiedKey } from '../store/index.js';
import { BrowserProfile } from './browser-profile.js';

export interface AttachOptions {
  profiles: Profiles;
  owner: Pick<VerifiedKey, 'projectId' | 'scopes'>;
  browserId: string;
  /** How long to wait for a profile that another holds, in ms. */
  waitMs: number;
  signal: AbortSignal;
  settings: Pick<Settings, 'profileCheckpointSeconds' | 'profileMaxBytes'>;
  logger: Logger;
}

/** What a browser is opened with: what was asked for, and where that says nothing, what its profile has. */
export interface Continued extends AsyncDisposable {
  request: OpenBrowserRequest;
  profile: BrowserProfile | undefined;
  /** Who the browser before was to pages. */
  keptIdentity: IdentityRequest | undefined;
}

/**
 * Attaches the profile that a request names, if it names one. Whoever opens no browser with it disposes of what is returned.
 * @throws {CarrelError} `insufficient_scope`, `not_found`, `profile_locked`, `end_user_mismatch`, and what opening the archive throws
 */
export async function attachProfile(request: OpenBrowserRequest, options: AttachOptions): Promise<Continued> {
  const { profile: asked } = request;
  if (asked === undefined) return { request, profile: undefined, keptIdentity: undefined, [Symbol.asyncDispose]: async () => {} };
  const { profiles, owner, browserId, waitMs, signal, settings, logger } = options;
  refuseWithoutScope(owner);
  const attached = await profiles.attach(owner, asked, { browserId, endUserId: request.endUserId ?? null, waitMs, signal });
  try {
    const archive = await attached.open();
    return {
      request: withKept(request, attached),
      profile: new BrowserProfile({
        request: asked,
        attached,
        archive,
        maxBytes: settings.profileMaxBytes,
        checkpointIntervalMs: settings.profileCheckpointSeconds * 1000,
        logger,
      }),
      keptIdentity: archive?.state.identity,
      [Symbol.asyncDispose]: () => giveBack(attached, archive),
    };
  } catch (error) {
    await attached[Symbol.asyncDispose]();
    throw error;
  }
}

function withKept(request: OpenBrowserRequest, { endUserId, exit }: AttachedProfile): OpenBrowserRequest {
  const proxies = request.proxies ?? exit?.proxies;
  const whose = request.endUserId ?? endUserId;
  return { ...request, ...(proxies === undefined ? {} : { proxies }), ...(whose === null ? {} : { endUserId: whose }) };
}

async function giveBack(attached: AttachedProfile, archive: ProfileArchive | null): Promise<void> {
  await archive?.[Symbol.asyncDispose]();
  await attached[Symbol.asyncDispose]();
}

/** Whoever drives a browser with a profile can read all that is in it. */
function refuseWithoutScope({ scopes }: Pick<VerifiedKey, 'scopes'>): void {
  if (scopes.includes('profiles:write')) return;
  throw new CarrelError('insufficient_scope', 'Opening a browser with a profile needs an API key with the scope profiles:write.', {
    details: { needed: 'profiles:write', scopes: [...scopes] },
  });
}
