import { CarrelApiError, CarrelConnectionError } from '../errors.js';
import type { ErrorBody } from '../types.js';
import { parseRetryAfterMs } from './retry.js';

/** Causes that Node's fetch gives when no connection came about, so that not one byte of the request was sent. */
const UNSENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const MAX_QUOTED_CHARS = 200;

function causeOf(error: unknown): { code?: unknown; message?: unknown } {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null ? cause : {};
}

/** Turns what `fetch` threw into an error that says which server did not answer and what to do. */
export function connectionError(error: unknown, baseUrl: string): CarrelConnectionError {
  const cause = causeOf(error);
  const why = [cause.code, cause.message, error instanceof Error ? error.message : error].find((part) => part !== undefined && part !== '');
  const isUnsent = UNSENT.has(cause.code);
  const message = isUnsent
    ? `No Carrel server answers at ${baseUrl} (${why}). Start one with \`carrel serve\`, or set CARREL_URL to where yours is.`
    : `The connection to ${baseUrl} broke before the whole answer had come (${why}).`;
  return new CarrelConnectionError(message, { cause: error, isUnsent });
}

function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== 'object' || value === null) return false;
  const { code, error } = value as Partial<Record<keyof ErrorBody, unknown>>;
  return typeof code === 'string' && typeof error === 'string';
}

const quote = (text: string) => JSON.stringify(text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text);

/** Reads an answer that is not a success. An error of a later server, with a code not known here, keeps that code. */
export async function apiError(response: Response): Promise<CarrelApiError> {
  const text = await response.text();
  const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'));
  const facts = { status: response.status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  const body = parseJson(text);
  if (isErrorBody(body)) {
    return new CarrelApiError(body.code, body.error, { ...facts, details: body.details ?? {}, requestId: body.requestId });
  }
  return new CarrelApiError(
    'unexpected_response',
    `${response.url || 'The server'} answered ${response.status} with something that is not Carrel's: ${quote(text)}. Is CARREL_URL right, or is a proxy in between?`,
    facts,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the caller says so, with the text.
  }
}

/** Reads the JSON of a success. */
export async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  const value = parseJson(text);
  if (value !== undefined) return value;
  throw new CarrelApiError(
    'unexpected_response',
    `${response.url || 'The server'} answered ${response.status} with something that is not JSON: ${quote(text)}. Is CARREL_URL right?`,
    { status: response.status },
  );
}
