import type { CarrelError, ErrorCode } from '@carrel/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorOfRequest, sendError } from '../../http/errors.js';

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

/** An error of the catalogue in the same form. */
export function notteErrorBody(error: CarrelError, requestId: string): NotteErrorBody {
  const { status, message, code, details } = error;
  return { status, message, detail: message, code, details, request_id: requestId };
}
