import { newId } from '@carrel/protocol';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Settings } from '../settings/index.js';
import type { Addresses } from './addresses.js';
import { documentation } from './documentation.js';
import { answerBrokenRequest, installErrors, sendError, toCarrelError } from './errors.js';

/** Of what stands for a parameter in the path of a route. */
export const MAX_PATH_PART_CHARS = 512;
const MAX_HEADER_BYTES = 16 * 1024;
/** From the first byte of a request to the last of its headers. */
const HEADERS_TIMEOUT_MS = 20_000;
/** A request may take as long as its longest wait: ten minutes in line, and an upload of a large file. */
const REQUEST_TIMEOUT_MS = 15 * 60_000;

export interface AppOptions {
  settings: Settings;
  logger: Logger;
  /** Known once the server listens. */
  addresses: () => Addresses;
}

/** The HTTP server without its routes: limits, guards, errors, documents. */
export async function createApp({ settings, logger, addresses }: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: logger as unknown as import('fastify').FastifyBaseLogger,
    // One line for each answer, below, without what could be secret in its URL.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: settings.maxBodyBytes,
    routerOptions: { maxParamLength: MAX_PATH_PART_CHARS, ignoreTrailingSlash: true },
    // A request without a Host is refused by the guard below, which says why.
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, requireHostHeader: false },
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => newId('request'),
    forceCloseConnections: true,
    // What fails before there is a route comes past no hook and no error handler.
    frameworkErrors: (error, request, reply) => sendError(toCarrelError(error), request, reply),
    clientErrorHandler: answerBrokenRequest,
  });
  installErrors(app);
  acceptEmptyJson(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    addresses().checkHost(request.headers.host);
  });
  app.addHook('onResponse', async (request, reply) => {
    // The secret of a live link is a part of its path.
    const path = request.url.split('?', 1)[0]?.replace(/^\/live\/[^/]+/, '/live/[secret]');
    request.log.info(
      { method: request.method, path, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime * 10) / 10 },
      `${request.method} ${path} ${reply.statusCode}`,
    );
  });
  await app.register(helmet, { contentSecurityPolicy: false, crossOriginResourcePolicy: { policy: 'same-site' } });
  await app.register(cors, {
    origin: (origin, done) => done(null, origin !== undefined && addresses().isAllowedOrigin(origin)),
    exposedHeaders: ['x-request-id', 'retry-after', 'idempotency-replayed', 'server-timing'],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  });
  await app.register(documentation, { addresses });
  return app;
}

/**
 * A call whose fields are all optional may be made with an empty body. Keys called `__proto__` are refused, wherever they are: what came
 * out of parsing them would not be what was sent.
 */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'ignore');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body, done);
  });
}
