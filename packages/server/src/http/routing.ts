import { type BinaryResponse, CarrelError, type RouteContract } from '@carrel/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { VerifiedKey } from '../store/index.js';
import type { Authenticator } from './authentication.js';
import { ClientHungUp } from './errors.js';
import { IdempotentAnswers } from './idempotent-answers.js';
import { innermost, issueText } from './issue-text.js';
import { ServerTiming } from './server-timing.js';

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type CallerOf<R extends RouteContract> = R['scope'] extends null ? null : VerifiedKey;
type ResultOf<R extends RouteContract> = R['response'] extends z.ZodType
  ? z.input<R['response']>
  : R['response'] extends BinaryResponse
    ? BinaryResult
    : // biome-ignore lint/suspicious/noConfusingVoidType: a handler of a call without an answer returns nothing
      void;

/** Bytes instead of JSON. */
export interface BinaryResult {
  body: Buffer | NodeJS.ReadableStream;
  contentType: string;
  /** For `Content-Disposition`, when a browser shall save it. */
  fileName?: string;
}

/** One call of a route, with everything parsed. */
export interface Call<R extends RouteContract> {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly body: Parsed<R['body']>;
  readonly caller: CallerOf<R>;
  /** Aborted when the client hangs up before it has its answer. */
  readonly signal: AbortSignal;
  /** Told to the caller with the answer. */
  readonly timing: ServerTiming;
  readonly request: FastifyRequest;
  /** For routes that answer by themselves, such as event streams. */
  readonly reply: FastifyReply;
}

export type Handler<R extends RouteContract> = (call: Call<R>) => Promise<ResultOf<R>>;

/** What is sent where nothing is taken is refused, and not ignored. */
const NOTHING = z.strictObject({});

/** What is known of a request before its body is read. */
interface Begun {
  readonly caller: VerifiedKey | null;
  readonly hungUp: AbortSignal;
  readonly timing: ServerTiming;
}

/** Puts routes of the contract into the HTTP server: authenticate, parse, handle, answer. */
export class Router {
  readonly #app: FastifyInstance;
  readonly #authenticator: Authenticator;
  readonly #idempotentAnswers: IdempotentAnswers;
  readonly #begun = new WeakMap<FastifyRequest, Begun>();

  constructor(app: FastifyInstance, authenticator: Authenticator, idempotentAnswers: IdempotentAnswers) {
    this.#app = app;
    this.#authenticator = authenticator;
    this.#idempotentAnswers = idempotentAnswers;
    app.addHook('onSend', async (request, reply) => {
      const timing = this.#begun.get(request)?.timing;
      if (timing === undefined) return;
      timing.mark('answer');
      reply.header('server-timing', `${timing}`);
    });
  }

  /** Answers a route of the contract with a handler, which may take larger bodies than others. */
  implement<R extends RouteContract>(contract: R, handler: Handler<R>, { maxBodyBytes }: { maxBodyBytes?: number } = {}): void {
    // Before the body is read: nothing is parsed for those who may not call.
    const begin = async (request: FastifyRequest, reply: FastifyReply) => {
      const hungUp = hangUpSignal(reply);
      const timing = new ServerTiming();
      const caller = contract.scope === null ? null : await this.#authenticator.authenticate(request, contract.scope);
      timing.mark('authenticate');
      this.#begun.set(request, { caller, hungUp, timing });
    };
    const handle = async (request: FastifyRequest, reply: FastifyReply) => {
      const { caller, hungUp, timing } = this.#begunOf(request);
      const key = contract.idempotent && caller !== null ? IdempotentAnswers.keyOf(request) : undefined;
      const call = {
        params: parse(contract.params, request.params),
        query: parse(contract.query ?? NOTHING, request.query),
        body: contract.rawBody ? undefined : parse(contract.body ?? NOTHING, request.body === undefined ? {} : request.body),
        caller,
        // Whoever sends a key means to ask again for the answer that was missed.
        signal: key === undefined ? hungUp : new AbortController().signal,
        timing,
        request,
        reply,
      } as Call<R>;
      timing.mark('parse');
      if (key === undefined || caller === null) return send(reply, contract, await handler(call));
      const { projectId } = caller;
      return this.#idempotentAnswers.answer(key, { request, reply, projectId, contract, body: call.body, handle: () => handler(call) });
    };
    const register = (app: FastifyInstance) =>
      app.route({
        method: contract.method,
        url: contract.path,
        onRequest: begin,
        handler: handle,
        ...(contract.method === 'GET' && { exposeHeadRoute: false }),
        ...(maxBodyBytes !== undefined && { bodyLimit: maxBodyBytes }),
      });
    if (!contract.rawBody) register(this.#app);
    else {
      // Raw bodies have parsers of their own: the stream is handed on as it is, and whoever reads it minds its size.
      this.#app.register(async (app) => {
        app.removeAllContentTypeParsers();
        app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
        register(app);
      });
    }
  }

  #begunOf(request: FastifyRequest): Begun {
    const begun = this.#begun.get(request);
    if (begun === undefined) throw new CarrelError('internal', 'A request came to its handler without being authenticated.');
    return begun;
  }
}

/** Sends what a handler returned. */
function send(reply: FastifyReply, contract: RouteContract, result: unknown): FastifyReply {
  if (reply.sent || reply.raw.headersSent) return reply;
  reply.code(contract.status);
  if (contract.response === undefined) return reply.send();
  if (!('binary' in contract.response)) return reply.send(result);
  const { body, contentType, fileName } = result as BinaryResult;
  reply.type(contentType).header('x-content-type-options', 'nosniff');
  if (fileName !== undefined) reply.header('content-disposition', attachment(fileName));
  return reply.send(body);
}

/** The value of `Content-Disposition` for what a browser shall save under this name. */
export const attachment = (fileName: string) => `attachment; filename*=UTF-8''${encodeExtended(fileName)}`;

/** The `value-chars` of RFC 8187, section 3.2.1. */
const encodeExtended = (text: string) =>
  encodeURIComponent(text).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

function parse(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value, { error: issueText });
  if (result.success) return result.data;
  const unknown = result.error.issues.flatMap((issue) => unrecognizedKeys(issue));
  if (unknown.length > 0) {
    const names = unknown.map((name) => `"${name}"`).join(', ');
    throw new CarrelError('unknown_field', `This server does not know ${unknown.length === 1 ? 'the field' : 'the fields'} ${names}.`, {
      details: { fields: unknown },
    });
  }
  const issues = result.error.issues.map(innermost).map(({ path, message }) => ({ path: path.join('.'), message }));
  const [first] = issues;
  const where = first === undefined || first.path === '' ? 'The request' : `"${first.path}"`;
  throw new CarrelError('invalid_request', `${where} is not valid: ${first?.message ?? 'see details'}.`, { details: { issues } });
}

/** Names of fields that no schema knows, with their path; looked for inside unions too. */
function unrecognizedKeys(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...issue.path, key].join('.'));
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap((inner) => unrecognizedKeys(inner));
  return [];
}

/** To be called before anything is waited for: a client that is gone already is not heard. */
/** Aborts when the client hangs up before it has its answer. */
export function hangUpSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new ClientHungUp());
  });
  return controller.signal;
}
