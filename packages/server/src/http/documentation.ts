import { openApiDocument } from '@carrel/protocol/openapi';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import { VERSION } from '../version.js';
import type { Addresses } from './addresses.js';

/** The viewer is other people's script on our origin: it gets to talk to this server and to nobody else. */
const VIEWER_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The contract for machines at `/openapi.json`, and for people at `/docs`. */
export async function documentation(app: FastifyInstance, { addresses }: { addresses: () => Addresses }): Promise<void> {
  app.get('/openapi.json', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*');
    return openApiDocument(VERSION, addresses().publicUrl);
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', `${VIEWER_POLICY}; connect-src 'self' ${new URL(addresses().publicUrl).origin}`);
  });
  await app.register(scalar, {
    routePrefix: '/docs',
    // Nothing is fetched from elsewhere: fonts, proxies, telemetry and the assistant of the viewer stay off.
    configuration: {
      url: '/openapi.json',
      title: 'Carrel API',
      pageTitle: 'Carrel API',
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      hideClientButton: true,
      defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
    },
  });
}
