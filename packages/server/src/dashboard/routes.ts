import { CarrelError, routes, type SignInRequest } from '@carrel/protocol';
import type { Addresses } from '../http/addresses.js';
import type { Router } from '../http/routing.js';
import { noSessionCookie, sessionCookie, sessionSecretOf } from '../http/session-cookie.js';
import type { Store } from '../store/index.js';
import { VERSION } from '../version.js';
import { Attempts } from './attempts.js';

/** Signing in to the dashboard, and out of it. */
export function signInRoutes(router: Router, store: Store, addresses: () => Addresses): void {
  const { dashboardSessions } = store;
  const attempts = new Attempts();
  const security = () => ({ isSecure: addresses().publicUrl.startsWith('https:') });
  const open = (body: SignInRequest) => ('code' in body ? dashboardSessions.redeem(body.code) : dashboardSessions.open(body.apiKey));

  router.implement(routes.signIn, async ({ body, request, reply }) => {
    // A page of somebody else's shall sign nobody in as somebody else.
    if (request.headers.origin !== undefined) addresses().checkOwnOrigin(request.headers);
    attempts.check(request.ip);
    const secret = await open(body);
    if (secret === null) {
      attempts.noteFailure(request.ip);
      const what =
        'code' in body ? 'This link was used already, or is older than ten minutes; make another with `carrel dashboard`.' : NO_KEY;
      throw new CarrelError('unauthorized', what);
    }
    reply.header('set-cookie', sessionCookie(secret, security())).header('cache-control', 'no-store');
  });
  router.implement(routes.signOut, async ({ request, reply }) => {
    const secret = sessionSecretOf(request.headers.cookie);
    if (secret !== undefined) {
      addresses().checkOwnOrigin(request.headers);
      await dashboardSessions.close(secret);
    }
    reply.header('set-cookie', noSessionCookie(security()));
  });
  router.implement(routes.getAccount, async ({ caller, reply }) => {
    const project = await store.projects.get(caller.projectId);
    if (project === null) throw new CarrelError('unauthorized', NO_KEY);
    reply.header('cache-control', 'no-store');
    return { project, apiKeyId: caller.id, scopes: [...caller.scopes], url: addresses().publicUrl, version: VERSION };
  });
  router.implement(routes.createSignInLink, ({ caller }) => signInLink(store, caller.id, addresses().publicUrl));
}

const NO_KEY = 'This API key is not known, or has been revoked.';

/**
 * A link that signs in to the dashboard as a key, once. The code is in the fragment, which browsers send to nobody.
 * @param publicUrl base of all links, without a slash at the end
 */
export async function signInLink({ dashboardSessions }: Store, apiKeyId: string, publicUrl: string) {
  const { code, expiresAt } = await dashboardSessions.createCode(apiKeyId);
  return { url: `${publicUrl}/sign-in#code=${code}`, expiresAt: expiresAt.toISOString() };
}
