import { Carrel, CarrelApiError } from '@carrel/sdk';

/** The server that this page came from. Its cookie is the key: it goes along by itself, and no script can read it. */
export const carrel = new Carrel({ url: location.origin });

/** The same, for calls that are to arrive although the page is being closed: browsers let them carry little, and hear of no answer. */
export const parting = new Carrel({ url: location.origin, fetch: (url, init) => fetch(url, { ...init, keepalive: true }) });

/** Whether somebody has to sign in (again). */
export const isSignedOut = (error: unknown): boolean => error instanceof CarrelApiError && error.code === 'unauthorized';
