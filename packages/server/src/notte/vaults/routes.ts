import { CarrelError, endUserId, newId, setCredentialsRequest } from '@carrel/protocol';
import { z } from 'zod';
import type { EndUserCredentials } from '../../end-users/index.js';
import type { Store, VaultRow, VerifiedKey } from '../../store/index.js';
import { NotSupported } from '../wire/errors.js';
import { numberedPage, pageQuery } from '../wire/lists.js';
import type { NotteRouter } from '../wire/routing.js';

export interface VaultParts {
  readonly store: Store;
  readonly credentials: EndUserCredentials;
  /** Deletes all that there is of an end user. */
  readonly removeEndUser: (actor: { projectId: string; apiKeyId: string }, endUserId: string) => Promise<void>;
}

const named = z.object({ name: z.string().trim().min(1).max(255).default('default') });
const siteQuery = z.object({ url: z.string().min(1).max(2048) });
const addBody = z.object({
  url: z.string().min(1).max(2048),
  credentials: z
    .object({ email: z.string().nullish(), username: z.string().nullish(), password: z.string(), mfa_secret: z.string().nullish() })
    .refine(({ email, username }) => !email || !username, 'needs one of email and username, not both'),
});
const NEVER_RETURNED =
  'Carrel gives credentials to nobody, whoever they belong to: they are filled in where they belong, by an agent or in a session with this vault (vault_id). Keep your own copy of what your program has to read.';
const NO_CARDS =
  'Cards are not kept: what a vault has is filled in only at the sites that it belongs to, and a card belongs to none. Let a person type it in at the viewer_url.';

/** Vaults: each is the credentials of an end user, which has the id of the vault. */
export function vaultRoutes(router: NotteRouter, { store, credentials, removeEndUser }: VaultParts): void {
  const find = async ({ projectId }: VerifiedKey, params: Readonly<Record<string, string>>) =>
    await assertVault(store, projectId, params.id ?? '');

  router.implement({ method: 'POST', path: '/vaults/create', scope: 'credentials:write', body: named }, async ({ caller, body }) =>
    toVault(await store.notteVaults.create({ projectId: caller.projectId, id: `vault_${newId('session').slice(2)}`, name: body.name })),
  );
  router.implement({ method: 'GET', path: '/vaults', scope: 'credentials:read', query: pageQuery }, ({ caller, query }) =>
    numberedPage(query, async (page) => {
      const { data, nextCursor } = await store.notteVaults.list(caller.projectId, page);
      return { data: data.map(toVault), nextCursor };
    }),
  );
  // Whether there is a vault, and what sites it has credentials of: never of whom.
  router.implement({ method: 'GET', path: '/vaults/:id', scope: 'credentials:read' }, async ({ caller, params }) => {
    const { id } = await find(caller, params);
    const { logins } = await credentials.describe({ projectId: caller.projectId, endUserId: id });
    return { credentials: logins.map(({ alias }) => ({ url: alias, username: null, email: null })) };
  });
  router.implement({ method: 'PATCH', path: '/vaults/:id', scope: 'credentials:write', body: named }, async ({ caller, params, body }) => {
    const { id } = await find(caller, params);
    const renamed = await store.notteVaults.rename(caller.projectId, id, body.name);
    if (renamed === null) throw noSuchVault();
    return toVault(renamed);
  });
  router.implement({ method: 'DELETE', path: '/vaults/:id', scope: 'end-users:manage' }, async ({ caller, params }) => {
    const { id } = await find(caller, params);
    await removeEndUser(actorOf(caller), id);
    return { status: 'success', message: 'The vault was deleted.' };
  });

  router.implement(
    { method: 'POST', path: '/vaults/:id/credentials', scope: 'credentials:write', body: addBody },
    async ({ caller, params, body }) => {
      const { id } = await find(caller, params);
      const { email, username, password, mfa_secret: totpSecret } = body.credentials;
      const { domain, origin } = siteOf(body.url);
      const name = email || username;
      const login = {
        ...{ alias: aliasOf(domain), domain, password, includeSubdomains: true },
        // Of a site on this machine, which has no certificate.
        ...(origin === undefined ? {} : { origins: [origin] }),
        ...(name ? { username: name } : {}),
        ...(totpSecret ? { totpSecret } : {}),
      };
      const parsed = setCredentialsRequest.safeParse({ logins: [login] });
      if (!parsed.success) {
        // What is wrong is said, and never what was given.
        const [issue] = parsed.error.issues;
        throw new CarrelError('invalid_request', `"${issue?.path.slice(2).join('.')}" is not valid: ${issue?.message}.`);
      }
      await credentials.set(actorOf(caller), id, parsed.data);
      return { status: 'success' };
    },
  );
  router.implement(
    { method: 'GET', path: '/vaults/:id/credentials', scope: 'credentials:read', query: siteQuery },
    async ({ caller, params }) => {
      await find(caller, params);
      throw new NotSupported(NEVER_RETURNED);
    },
  );
  router.implement(
    { method: 'DELETE', path: '/vaults/:id/credentials', scope: 'credentials:write', query: siteQuery },
    async ({ caller, params, query }) => {
      const { id } = await find(caller, params);
      const { logins } = await credentials.delete(actorOf(caller), id, { logins: [aliasOf(siteOf(query.url).domain)] });
      if (logins.length === 0) throw new CarrelError('not_found', `The vault has no credentials for ${query.url}.`);
      return { status: 'success', message: 'The credentials were deleted.' };
    },
  );
  for (const method of ['GET', 'POST', 'DELETE'] as const) {
    router.implement({ method, path: '/vaults/:id/card', scope: 'credentials:read' }, async ({ caller, params }) => {
      await find(caller, params);
      throw new NotSupported(NO_CARDS, 501);
    });
  }
}

/** @throws {CarrelError} `not_found` */
export async function assertVault(store: Store, projectId: string, id: string): Promise<VaultRow> {
  const row = endUserId.safeParse(id).success ? await store.notteVaults.find(projectId, id) : null;
  if (row === null) throw noSuchVault();
  return row;
}

const noSuchVault = () => new CarrelError('not_found', 'There is no such vault in this project.');
const actorOf = ({ projectId, id }: VerifiedKey) => ({ projectId, apiKeyId: id });
const toVault = ({ id, name, createdAt }: VaultRow) => ({ vault_id: id, name, created_at: createdAt.toISOString(), for_persona: false });

/** The host that credentials are for: clients send it bare, or as a URL. @throws {CarrelError} `invalid_request` */
function siteOf(text: string): { domain: string; origin: string | undefined } {
  const url = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(url)) throw new CarrelError('invalid_request', '"url" is not valid: it must be a site such as example.com.');
  const { host, origin, protocol, hostname } = new URL(url);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return { domain: host, origin: isLoopback ? (protocol === 'http:' ? origin : `http://${host}`) : undefined };
}

/** Aliases have no brackets, which addresses of IPv6 do. */
const aliasOf = (domain: string) => domain.replace(/[[\]]/g, '');
