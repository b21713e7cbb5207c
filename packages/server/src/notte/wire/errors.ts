import { CarrelError, type ErrorCode } from '@carrel/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { errorOfRequest, sendError } from '../../http/errors.js';
import { innermost } from '../../http/issue-text.js';

/** Something that Notte's API has and Carrel does not: said with what to do instead. */
export class NotSupported extends Error {
  override readonly name = 'NotSupported';
  /** 422: a value in the request; 501: the whole call. */
  readonly status: 422 | 501;

  constructor(message: string, status: 422 | 501 = 422) {
    super(message);
    this.status = status;
  }
}

/** The body of an error, in the form that Notte's clients read: `status` is what they decide by whether to try again. */
export interface NotteErrorBody {
  readonly status: number;
  readonly message: string;
  /** The same again: some clients show only this. */
  readonly detail: string;
  /** Carrel's own code, or `not_supported`. */
  readonly code: ErrorCode | 'not_supported';
  readonly details: Record<string, unknown>;
  readonly request_id: string;
}

/** Answers a request with an error. */
export function sendNotteError(cause: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (cause instanceof NotSupported) {
    const { message, status } = cause;
    const body: NotteErrorBody = { status, message, detail: message, code: 'not_supported', details: {}, request_id: request.id };
    reply.code(status).send(body);
    return;
  }
  sendError(errorOfRequest(cause, request), request, reply, notteErrorBody);
}

/** The error of what a schema does not take. @param nameOf a field as the caller wrote it */
export function invalidRequest(error: z.ZodError, nameOf = (path: string): string => path): CarrelError {
  const issues = error.issues.map(innermost).map(({ path, message }) => ({ path: nameOf(path.join('.')), message }));
  const [first] = issues;
  const where = first === undefined || first.path === '' ? 'The request' : `"${first.path}"`;
  return new CarrelError('invalid_request', `${where} is not valid: ${first?.message ?? 'see details'}.`, { details: { issues } });
}

/** Times that are seconds in the native API. */
const MINUTES: Readonly<Record<string, string>> = {
  idleTimeoutSeconds: 'idle_timeout_minutes',
  maxDurationSeconds: 'max_duration_minutes',
};

/** What is said instead, where the native message names or recommends what Notte's clients do not have. */
const INSTEAD: { readonly [C in ErrorCode]?: (details: CarrelError['details']) => string | undefined } = {
  profile_locked: ({ browserId }) =>
    `${typeof browserId === 'string' ? `Session ${browserId}` : 'Another session'} may save to this profile: stop it, or wait for its end. ` +
    'A session that only reads the profile is started without "persist".',
  quota_exceeded: ({ used, limit }) =>
    `The project has ${used} sessions open, and may have ${limit}: stop one, or have the operator raise the limit.`,
  limit_exceeded: ({ field, cap }) => {
    const name = MINUTES[String(field)];
    return name === undefined ? undefined : `${name} may be at most ${Number(cap) / 60} on this server.`;
  },
  // Films of recordings have details of their own.
  overloaded: ({ waiting, retryAfterSeconds }) =>
    waiting === undefined
      ? undefined
      : `The machine has as much to do as it can do well: try again in ${retryAfterSeconds} s, or stop sessions.`,
};

/** An error of the catalogue in the same form. */
export function notteErrorBody(error: CarrelError, requestId: string): NotteErrorBody {
  const { status, code, details } = error;
  const message = INSTEAD[code]?.(details) ?? error.message;
  return { status, message, detail: message, code, details, request_id: requestId };
}
