import { parseCookie, stringifySetCookie } from 'cookie';

const NAME = 'carrel_session';
/** The server says when a session is over; the browser is only to keep what it has until long after that. */
const MAX_AGE_SECONDS = 30 * 24 * 3600;

/** The secret of the session in a `Cookie` header, if there is one. */
export function sessionSecretOf(header: string | undefined): string | undefined {
  return (header === undefined ? undefined : parseCookie(header)[NAME]) || undefined;
}

/** The `Set-Cookie` header that gives a session to a browser: no script can read it, and it goes along with no request of another site. */
export function sessionCookie(secret: string, { isSecure }: { isSecure: boolean }): string {
  return stringifySetCookie({ name: NAME, value: secret, ...attributes(isSecure), maxAge: MAX_AGE_SECONDS });
}

/** The one that takes it away. */
export function noSessionCookie({ isSecure }: { isSecure: boolean }): string {
  return stringifySetCookie({ name: NAME, value: '', ...attributes(isSecure), maxAge: 0 });
}

const attributes = (isSecure: boolean) => ({ httpOnly: true, sameSite: 'strict' as const, path: '/', secure: isSecure });
