import assert from 'node:assert/strict';
import { type BinaryResponse, ERRORS, type ErrorBody, type ErrorCode, errorBody, type RouteContract, routes } from '@carrel/protocol';
import { errorCodesOf } from '@carrel/protocol/openapi';
import type { z } from 'zod';

type BodyOf<R extends RouteContract> = R['response'] extends z.ZodType
  ? z.output<R['response']>
  : R['response'] extends BinaryResponse
    ? Uint8Array
    : undefined;

/** What a call is made with. Bodies are whatever the test wants to send. */
export interface CallOptions {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  /** Bytes or text, sent as they are. */
  rawBody?: Uint8Array<ArrayBuffer> | string | ReadableStream<Uint8Array>;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** An answer of the server that is what the contract says. */
export type Answer<R extends RouteContract> =
  | { ok: true; status: number; headers: Headers; body: BodyOf<R> }
  | { ok: false; status: number; headers: Headers; error: ErrorBody };

/** How long an answer may take: longer than the server's own deadlines for any action. */
const ANSWER_DEADLINE_MS = 60_000;

/** Errors that a call may answer because of how it was made, whatever the call. */
const ANY_CALL: readonly ErrorCode[] = ['invalid_request', 'unknown_field', 'payload_too_large', 'unsupported_media_type'];

/** Calls a server by plain HTTP with one API key, and minds in every answer that it is one that the contract has. */
export class Api {
  readonly #url: string;
  readonly #key: string | null;

  constructor(url: string, key: string | null) {
    this.#url = url;
    this.#key = key;
  }

  /** The same server with another key, or with none. */
  as(key: string | null): Api {
    return new Api(this.#url, key);
  }

  /** The URL of a call. */
  urlOf(route: RouteContract, { params = {}, query = {} }: Pick<CallOptions, 'params' | 'query'> = {}): string {
    const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    return `${this.#url}${path}${search.size === 0 ? '' : `?${search}`}`;
  }

  /** Makes a call, and fails when the answer is not as documented. */
  async call<R extends RouteContract>(route: R, options: CallOptions = {}): Promise<Answer<R>> {
    const response = await this.#fetch(route, options);
    const { status, headers } = response;
    const isSuccess = status === route.status || (route.otherStatuses?.includes(status) ?? false);
    if (isSuccess) return { ok: true, status, headers, body: (await successBody(route, response)) as BodyOf<R> };
    const error = checkedError(status, headers, await response.text());
    const documented = [...errorCodesOf(route), ...ANY_CALL];
    assert.ok(documented.includes(error.code), `${route.method} ${route.path} does not document ${error.code}: ${error.error}`);
    return { ok: false, status, headers, error };
  }

  /** Makes a call that must succeed, and gives what it answers. */
  async must<R extends RouteContract>(route: R, options: CallOptions = {}): Promise<BodyOf<R>> {
    const answer = await this.call(route, options);
    if (answer.ok) return answer.body;
    throw new Error(`${route.method} ${route.path} was refused: ${answer.error.code}: ${answer.error.error}`);
  }

  /** Makes a call that must fail with this code, and gives the error. */
  async mustFail(route: RouteContract, code: ErrorCode, options: CallOptions = {}): Promise<ErrorBody & { headers: Headers }> {
    const answer = await this.call(route, options);
    if (answer.ok) throw new Error(`${route.method} ${route.path} succeeded, and should have been ${code}`);
    assert.equal(answer.error.code, code, answer.error.error);
    return { ...answer.error, headers: answer.headers };
  }

  #fetch(route: RouteContract, options: CallOptions): Promise<Response> {
    const { body, rawBody, headers, signal } = options;
    const deadline = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    return fetch(this.urlOf(route, options), {
      method: route.method,
      headers: {
        ...(this.#key !== null && { authorization: `Bearer ${this.#key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: rawBody ?? (body === undefined ? null : JSON.stringify(body)),
      ...(rawBody instanceof ReadableStream && { duplex: 'half' }),
      redirect: 'manual',
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
    } as RequestInit);
  }
}

async function successBody(route: RouteContract, response: Response): Promise<unknown> {
  const contentType = response.headers.get('content-type');
  if (route.response === undefined) {
    assert.equal(await response.text(), '');
    return undefined;
  }
  if ('binary' in route.response) {
    const [mediaType = ''] = (contentType ?? '').split(';');
    assert.ok(route.response.binary.includes(mediaType), `the contract has no answer of the type ${contentType}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  assert.match(contentType ?? '', /^application\/json/);
  const body: unknown = await response.json();
  // Equal: nothing is answered that the contract does not have.
  assert.deepEqual(route.response.parse(body), body);
  return body;
}

/** The error of an answer; fails unless its form, its status and its headers are those of the catalogue. */
export function checkedError(status: number, headers: Headers, text: string): ErrorBody {
  assert.match(headers.get('content-type') ?? '', /^application\/json/, `status ${status}: ${text.slice(0, 200)}`);
  const error = errorBody.strict().parse(JSON.parse(text));
  assert.equal(status, ERRORS[error.code].status);
  assert.equal(headers.get('x-request-id'), error.requestId);
  if (status === 429 || status === 503) assert.match(headers.get('retry-after') ?? '', /^\d+$/);
  return error;
}

/** Makes a project with a key of its own, which may do everything but manage projects. */
export async function newProject(operator: Api, maxBrowsers: number): Promise<{ id: string; api: Api; key: string }> {
  const { id } = await operator.must(routes.createProject, { body: { name: 'tests', maxBrowsers } });
  const { secret = '' } = await operator.must(routes.createApiKey, { body: { name: 'tests', projectId: id } });
  return { id, api: operator.as(secret), key: secret };
}
