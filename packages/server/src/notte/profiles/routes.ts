import { CarrelError, type Profile, profileId } from '@carrel/protocol';
import { z } from 'zod';
import type { Profiles, ProfileTransfer } from '../../profiles/index.js';
import type { VerifiedKey } from '../../store/index.js';
import { fromNotteCookie, notteCookie, toNotteCookie } from '../wire/cookies.js';
import { NotSupported } from '../wire/errors.js';
import { numberedPage, pageQuery } from '../wire/lists.js';
import type { NotteRouter } from '../wire/routing.js';

export interface ProfileParts {
  readonly profiles: Profiles;
  readonly transfer: ProfileTransfer;
}

const named = z.object({ name: z.string().trim().min(1).max(255).nullish() });
const listQuery = pageQuery.extend({ page_size: z.coerce.number().int().min(1).max(100).default(20), name: z.string().optional() });
const cookiesBody = z.object({ cookies: z.array(notteCookie).min(1).max(3000), mode: z.enum(['replace', 'append']).default('replace') });
const stateBody = z.object({
  cookies: z.array(notteCookie).max(3000).nullish(),
  /** By origin. */
  local_storage: z.record(z.string(), z.record(z.string(), z.string())).nullish(),
  session_storage: z.record(z.string(), z.unknown()).nullish(),
  mode: z.enum(['replace', 'append']).default('replace'),
});

/** Profiles: the same ones as of the native API, by the same ids. */
export function notteProfileRoutes(router: NotteRouter, { profiles, transfer }: ProfileParts): void {
  const describe = (caller: VerifiedKey, profile: Profile) => describeProfile(profiles, caller, profile);
  /** What is to be replaced must not be there yet: an import adds, and deletes nothing. */
  const refuseReplace = async (caller: VerifiedKey, id: string, mode: 'replace' | 'append') => {
    if (mode === 'replace' && (await profiles.get(caller, id)).currentVersion !== null) {
      throw new NotSupported(
        'The profile has state already, and what is brought in is added to it: say mode="append", or make a new profile.',
      );
    }
  };

  router.implement({ method: 'POST', path: '/profiles/create', scope: 'profiles:write', body: named }, async ({ caller, body }) =>
    describe(caller, await profiles.create(caller, body.name ? { name: body.name } : {})),
  );
  router.implement({ method: 'GET', path: '/profiles', scope: 'profiles:read', query: listQuery }, ({ caller, query }) =>
    numberedPage(query, async (page) => {
      const { data, nextCursor } = await profiles.list(caller, { ...page, name: query.name });
      return { data: await Promise.all(data.map((profile) => describe(caller, profile))), nextCursor };
    }),
  );
  router.implement({ method: 'GET', path: '/profiles/:id', scope: 'profiles:read' }, async ({ caller, params }) =>
    describe(caller, await profiles.get(caller, idOf(params))),
  );
  router.implement({ method: 'DELETE', path: '/profiles/:id', scope: 'profiles:write' }, async ({ caller, params }) => {
    await profiles.delete({ projectId: caller.projectId, apiKeyId: caller.id }, idOf(params));
    return { success: true, message: 'The profile was deleted.' };
  });
  router.implement({ method: 'GET', path: '/profiles/:id/cookies', scope: 'profiles:export' }, async ({ caller, params, signal }) => {
    const { cookies = [] } = await transfer.export(caller, idOf(params), { format: 'cookies' }, signal);
    return {
      cookies: cookies.map(({ domain = '', path = '/', httpOnly = false, ...rest }) => toNotteCookie({ ...rest, domain, path, httpOnly })),
    };
  });
  router.implement(
    { method: 'POST', path: '/profiles/:id/cookies', scope: 'profiles:write', body: cookiesBody },
    async ({ caller, params, body, signal }) => {
      await refuseReplace(caller, idOf(params), body.mode);
      await transfer.import(caller, idOf(params), { cookies: body.cookies.map(fromNotteCookie) }, signal);
      const count = body.cookies.length;
      return { success: true, message: `${count} cookies were brought in.`, cookies_count: count, mode: body.mode };
    },
  );
  router.implement(
    { method: 'POST', path: '/profiles/:id/state', scope: 'profiles:write', body: stateBody },
    async ({ caller, params, body, signal }) => {
      if (Object.keys(body.session_storage ?? {}).length > 0) {
        throw new NotSupported('sessionStorage belongs to tabs, and cannot be brought into a profile: leave session_storage out.');
      }
      await refuseReplace(caller, idOf(params), body.mode);
      const { cookies, local_storage: localStorage } = body;
      const storageState = {
        cookies: (cookies ?? [])
          .map(fromNotteCookie)
          .map(
            ({ name, value, domain = '', path = '/', expires = -1, httpOnly = false, secure = false, sameSite = 'Lax', partitionKey }) => ({
              ...{ name, value, domain, path, expires, httpOnly, secure, sameSite },
              ...(partitionKey && { partitionKey: partitionKey.topLevelSite, _crHasCrossSiteAncestor: partitionKey.hasCrossSiteAncestor }),
            }),
          ),
        origins: Object.entries(localStorage ?? {}).map(([origin, items]) => ({
          origin: originOf(origin),
          localStorage: Object.entries(items).map(([name, value]) => ({ name, value })),
        })),
      };
      await transfer.import(caller, idOf(params), { storageState }, signal);
      return {
        success: true,
        cookies_count: storageState.cookies.length,
        local_storage_origins: storageState.origins.length,
        session_storage_origins: 0,
      };
    },
  );
  router.implement(
    { method: 'POST', path: '/profiles/:id/duplicate', scope: 'profiles:export', body: named },
    async ({ caller, params, body, signal }) => {
      const of = await profiles.get(caller, idOf(params));
      const copy = await profiles.create(caller, body.name ? { name: body.name } : {});
      if (of.currentVersion !== null) {
        const { storageState } = await transfer.export(caller, of.id, { format: 'storageState' }, signal);
        if (storageState !== undefined) await transfer.import(caller, copy.id, { storageState }, signal);
      }
      return await describe(caller, await profiles.get(caller, copy.id));
    },
  );
}

/** @throws {CarrelError} `not_found` for what is no id of ours */
function idOf({ id }: Readonly<Record<string, string>>): string {
  const parsed = profileId.safeParse(id);
  if (parsed.success) return parsed.data;
  throw new CarrelError('not_found', 'There is no such profile in this project.');
}

/** @throws {CarrelError} `invalid_request` */
function originOf(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text).origin;
  throw new CarrelError('invalid_request', `"local_storage" has ${JSON.stringify(text)}, which is no origin such as https://example.com.`);
}

/** A profile as Notte's clients know it. */
export async function describeProfile(
  profiles: Profiles,
  caller: VerifiedKey,
  { id, name, createdAt, updatedAt, currentVersion }: Profile,
) {
  return {
    profile_id: id,
    name,
    created_at: createdAt,
    updated_at: updatedAt,
    persisted_domains: currentVersion === null ? [] : await domainsOf(profiles, caller, id),
  };
}

async function domainsOf(profiles: Profiles, caller: VerifiedKey, id: string): Promise<string[]> {
  const { cookies, origins } = await profiles.contents(caller, id);
  const hosts = [
    ...cookies.map(({ domain }) => domain.replace(/^\./, '')),
    ...origins.flatMap(({ origin }) => (URL.canParse(origin) ? [new URL(origin).hostname] : [])),
  ];
  return [...new Set(hosts)].sort();
}
