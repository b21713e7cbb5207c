import { mcpHttp } from '@carrel/mcp';
import { CarrelError } from '@carrel/protocol';
import { Carrel } from '@carrel/sdk';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Addresses } from '../http/addresses.js';
import { type Authenticator, bearerToken } from '../http/authentication.js';
import { hangUpSignal } from '../http/routing.js';
import { VERSION } from '../version.js';

export interface McpRouteOptions {
  readonly authenticator: Authenticator;
  readonly addresses: () => Addresses;
  readonly logger: Logger;
}

/**
 * The Model Context Protocol over streamable HTTP at `/mcp`, for whoever has an API key. Its tools make the same calls as everybody, with
 * that key: what a key may not do, its model may not either.
 */
export function mcpRoute(app: FastifyInstance, { authenticator, addresses, logger }: McpRouteOptions): void {
  const clientFor = (apiKey: string) => new Carrel({ url: addresses().ownUrl, apiKey });
  const handler = mcpHttp(clientFor, { version: VERSION, onError: (error) => logger.debug({ err: error }, 'a call of MCP was refused') });
  app.addHook('onClose', () => handler.close());
  const callers = new WeakMap<FastifyRequest, { token: string; clientId: string; scopes: string[] }>();
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    exposeHeadRoute: false,
    // Before the body is read: nothing is parsed for those who may not call.
    onRequest: async (request) => {
      addresses().checkOrigin(request.headers.origin);
      const token = bearerToken(request.headers.authorization);
      // A cookie of the dashboard does not do: it is sent for whichever page asks.
      if (token === undefined) throw new CarrelError('unauthorized', 'Send an API key: Authorization: Bearer ck_…');
      const { id: clientId, scopes } = await authenticator.authenticate(request, 'any');
      callers.set(request, { token, clientId, scopes: [...scopes] });
    },
    handler: async (request, reply) => {
      const { method, body } = request;
      const authInfo = callers.get(request);
      if (authInfo === undefined) throw new TypeError('a request that nobody has authenticated');
      const headers = Object.entries(request.headers).filter((header): header is [string, string] => typeof header[1] === 'string');
      const asked = new Request(`${addresses().ownUrl}/mcp`, { method, headers, signal: hangUpSignal(reply) });
      return reply.send(await handler.fetch(asked, { authInfo, parsedBody: body }));
    },
  });
}
