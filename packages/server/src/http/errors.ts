import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CarrelError, type ErrorBody, type ErrorCode, newId, routes } from '@carrel/protocol';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What Fastify's own errors are in our catalogue. */
const FASTIFY_ERRORS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'The Content-Type is malformed, or none that this call takes. JSON is application/json.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as its Content-Length says.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_request', 'The body is not valid JSON, or has a key called __proto__.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The URL is not valid.'],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid_request', 'A part of the path is too long.'],
};

const TOO_LARGE = 'FST_ERR_CTP_BODY_TOO_LARGE';

/** Makes every answer that is not a success the one of the contract. */
export function installErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | CarrelError, request, reply) => {
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendError(errorOfRequest(error, request), request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = Object.values(routes)
      .filter((route) => pathPattern(route.path).test(path))
      .map((route) => route.method);
    if (methods.length === 0) sendError(new CarrelError('not_found', `There is nothing at ${path}; see /docs.`), request, reply);
    else {
      const allowed = methods.join(', ');
      reply.header('allow', allowed);
      sendError(new CarrelError('method_not_allowed', `${path} takes ${allowed}, not ${request.method}.`), request, reply);
    }
  });
}

/** What went wrong with a request, as one of the catalogue. */
export function errorOfRequest(error: unknown, request: FastifyRequest): CarrelError {
  const isTooLarge = (error as Partial<FastifyError>).code === TOO_LARGE;
  return isTooLarge ? bodyTooLarge(request.routeOptions.bodyLimit, request.server.initialConfig.bodyLimit) : toCarrelError(error);
}

/** Some calls take larger bodies than others. */
function bodyTooLarge(maxBytes: number | undefined, general: number | undefined): CarrelError {
  const setting = maxBytes === general ? ' (CARREL_MAX_BODY_BYTES)' : '';
  return new CarrelError('payload_too_large', `The body is larger than the ${maxBytes} bytes that this call takes${setting}. Send less.`, {
    details: { maxBytes },
  });
}

/** The body of an error, as the contract has it. */
export function errorBody(error: CarrelError, requestId: string): ErrorBody {
  return { error: error.message, code: error.code, details: error.details, requestId };
}

/** Any error as one of the catalogue; what nobody foresaw becomes `internal` without its text, which may hold what callers shall not see. */
export function toCarrelError(error: unknown): CarrelError {
  if (error instanceof CarrelError) return error;
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>;
  const known = FASTIFY_ERRORS[code];
  if (known !== undefined) return new CarrelError(known[0], known[1], { cause: error });
  if (statusCode >= 400 && statusCode < 500) return new CarrelError('invalid_request', 'The request is malformed.', { cause: error });
  return new CarrelError('internal', 'Something went wrong in the server. Its log has the details under this requestId.', { cause: error });
}

/** What a call ends with whose client is gone: nobody hears its answer. */
export class ClientHungUp extends Error {
  override readonly name = 'ClientHungUp';

  constructor() {
    super('the client hung up');
  }
}

/** Answers of a server that does what it should; there may be many at once. */
const TURNED_AWAY: ReadonlySet<ErrorCode> = new Set(['overloaded', 'shutting_down']);

/** Answers a request with an error. @param toBody writes it in another form than that of the contract */
export function sendError(
  error: CarrelError,
  request: FastifyRequest,
  reply: FastifyReply,
  toBody: (error: CarrelError, requestId: string) => object = errorBody,
): void {
  const isExpected = error.status < 500 || TURNED_AWAY.has(error.code) || error.cause instanceof ClientHungUp;
  if (!isExpected) request.log.error({ err: error }, error.message);
  else request.log.debug({ code: error.code }, error.message);
  const { retryAfterSeconds } = error.details;
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', retryAfterSeconds);
  else if (error.status === 503) reply.header('retry-after', 1);
  reply.header('x-request-id', request.id);
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  reply.code(error.status).type('application/json').send(toBody(error, request.id));
}

/** The same as bytes, for connections that no reply belongs to; the connection is to be closed behind it. */
export function errorResponse(error: CarrelError, requestId: string): string {
  const body = JSON.stringify(errorBody(error, requestId));
  const headers = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
  ];
  return `${headers.join('\r\n')}\r\n\r\n${body}`;
}

/** How long a client that was told that its request is broken may take to stop sending. */
const LINGER_MS = 1_000;

/** Answers what is not HTTP, is too long or takes too long. Nothing of it is logged: the bytes may hold a key. */
export function answerBrokenRequest(cause: Error & { code?: string }, socket: Socket): void {
  if (socket.writableEnded) return; // the rest of what was answered already
  if (!socket.writable || cause.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  socket.end(errorResponse(brokenRequest(cause.code), newId('request')));
  // Not at once: what comes after would be answered with a reset, and that can overtake the answer.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function brokenRequest(code: string | undefined): CarrelError {
  if (code === 'HPE_HEADER_OVERFLOW') return new CarrelError('headers_too_large', 'The URL and headers together are too long. Send less.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new CarrelError('request_timeout', 'The request did not arrive in time. Send it faster.');
  return new CarrelError('invalid_request', 'This is not a valid HTTP request.');
}

const pathPattern = (path: string) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`);
