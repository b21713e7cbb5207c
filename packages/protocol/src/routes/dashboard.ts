import { account, signInLink, signInRequest } from '../dashboard.js';
import { type RouteContract, route } from './contract.js';

/** Signing in to the dashboard: what follows is authenticated by the cookie that comes with it, and is as the key that was signed in with. */
export const dashboardRoutes = {
  signIn: route({
    method: 'POST',
    path: '/dashboard/sign-in',
    tag: 'Dashboard',
    summary: 'Sign in with an API key or the code of a link: the answer sets a cookie, which calls take instead of the key',
    scope: null,
    body: signInRequest,
    status: 204,
    errors: ['unauthorized', 'too_many_attempts', 'store_unavailable'],
  }),
  signOut: route({
    method: 'POST',
    path: '/dashboard/sign-out',
    tag: 'Dashboard',
    summary: 'Sign out: the cookie is good for nothing from then on',
    scope: null,
    status: 204,
    errors: ['store_unavailable'],
  }),
  getAccount: route({
    method: 'GET',
    path: '/dashboard/me',
    tag: 'Dashboard',
    summary: 'Who is signed in, or whose the API key is',
    scope: 'any',
    status: 200,
    response: account,
    errors: [],
  }),
  createSignInLink: route({
    method: 'POST',
    path: '/v1/sign-in-links',
    tag: 'Dashboard',
    summary: 'Make a link that signs in to the dashboard as this API key, once, within ten minutes',
    scope: 'any',
    status: 201,
    response: signInLink,
    errors: [],
  }),
} as const satisfies Record<string, RouteContract>;
