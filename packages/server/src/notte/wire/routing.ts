import type { Scope } from '@carrel/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Authenticator } from '../../http/authentication.js';
import { issueText } from '../../http/issue-text.js';
import { hangUpSignal } from '../../http/routing.js';
import type { VerifiedKey } from '../../store/index.js';
import { invalidRequest } from './errors.js';

/** What a call is. Fields that a schema does not name are ignored, as Notte's own server does: its clients send more with each version. */
export interface NotteRoute<B extends z.ZodType = z.ZodType, Q extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/notte`, with `:name` parameters. A slash at the end makes no difference. */
  readonly path: string;
  /** What the API key needs, as for the native call; null: open to all. */
  readonly scope: Scope | 'any' | null;
  readonly body?: B;
  readonly query?: Q;
  /** The body is parts (`multipart/form-data`): the handler reads them itself. */
  readonly isMultipart?: true;
}

export interface NotteCall<B, Q> {
  readonly params: Readonly<Record<string, string>>;
  readonly body: B;
  readonly query: Q;
  readonly caller: VerifiedKey;
  /** Aborted when the client hangs up before it has its answer. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Handler<B, Q> = (call: NotteCall<B, Q>) => Promise<unknown>;

/** Puts calls of Notte's API into the HTTP server: authenticate, parse, handle, answer 200 with JSON. */
export class NotteRouter {
  readonly #app: FastifyInstance;
  readonly #authenticator: Authenticator;

  /** @param app where paths begin at `/notte` */
  constructor(app: FastifyInstance, authenticator: Authenticator) {
    this.#app = app;
    this.#authenticator = authenticator;
  }

  /** Answers a call with a handler. */
  implement<B extends z.ZodType, Q extends z.ZodType>(route: NotteRoute<B, Q>, handler: Handler<z.output<B>, z.output<Q>>): void {
    const callers = new WeakMap<FastifyRequest, { caller: VerifiedKey; signal: AbortSignal }>();
    this.#app.route({
      method: route.method,
      url: route.path,
      ...(route.method === 'GET' && { exposeHeadRoute: false }),
      // Before the body is read: nothing is parsed for those who may not call.
      onRequest: async (request, reply) => {
        const signal = hangUpSignal(reply);
        const caller = route.scope === null ? NOBODY : await this.#authenticator.authenticate(request, route.scope);
        callers.set(request, { caller, signal });
      },
      handler: async (request, reply) => {
        const { caller, signal } = callers.get(request) ?? { caller: NOBODY, signal: AbortSignal.abort() };
        try {
          const answer = await handler({
            params: request.params as Record<string, string>,
            body: (route.isMultipart ? undefined : parse(route.body, request.body ?? {})) as z.output<B>,
            query: parse(route.query, request.query) as z.output<Q>,
            ...{ caller, signal, request, reply },
          });
          return reply.sent || reply.raw.headersSent ? reply : reply.send(answer);
        } finally {
          if (route.isMultipart) readToItsEnd(request);
        }
      },
    });
  }
}

/** Of calls that are open to all, whose handlers do not look at it. */
const NOBODY = Object.freeze({}) as VerifiedKey;

function parse(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value, { error: issueText });
  if (result.success) return result.data;
  throw invalidRequest(result.error);
}

/** What is left of a body that was refused halfway: clients that have not sent all of it would wait, and their next call behind it. */
function readToItsEnd({ raw }: FastifyRequest): void {
  if (raw.readableEnded) return;
  raw.unpipe();
  raw.resume();
}

/** A flag in a query: Python's clients write `True`. */
export const flag = z
  .string()
  .transform((text) => /^(true|1)$/i.test(text))
  .optional();
