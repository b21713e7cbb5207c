import { CarrelError, type ErrorBody, type ErrorCode, routes } from '@carrel/protocol';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What Fastify's own errors are in our catalogue. */
const FASTIFY_ERRORS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The body is larger than this server takes (CARREL_MAX_BODY_BYTES).'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as its Content-Length says.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_request', 'The body is not valid JSON.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The URL is not valid.'],
  FST_ERR_MAX_LENGTH: ['invalid_request', 'A part of the path is too long.'],
};

/** Makes every answer that is not a success the one of the contract. */
export function installErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | CarrelError, request, reply) => {
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendError(toCarrelError(error), request, reply);
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
  if (error instanceof SyntaxError)
    return new CarrelError('invalid_request', `The body is not valid JSON: ${error.message}.`, { cause: error });
  if (statusCode >= 400 && statusCode < 500) return new CarrelError('invalid_request', 'The request is malformed.', { cause: error });
  return new CarrelError('internal', 'Something went wrong in the server. Its log has the details under this requestId.', { cause: error });
}

function sendError(error: CarrelError, request: FastifyRequest, reply: FastifyReply): void {
  if (error.status >= 500) request.log.error({ err: error }, error.message);
  else request.log.debug({ code: error.code }, error.message);
  const { retryAfterSeconds } = error.details;
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', retryAfterSeconds);
  else if (error.status === 503) reply.header('retry-after', 1);
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  reply.code(error.status).type('application/json').send(errorBody(error, request.id));
}

const pathPattern = (path: string) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`);
