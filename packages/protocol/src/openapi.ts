import { z } from 'zod';
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiRequestBodyObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { SCOPES } from './admin.js';
import { idempotencyKey } from './common.js';
import { ERRORS, type ErrorCode, errorBody } from './errors.js';
import { type RouteContract, routes } from './routes/index.js';

export type OpenApiDocument = oas31.OpenAPIObject;

const TAGS = [
  { name: 'Browsers', description: 'Open, list, extend and close isolated browsers.' },
  { name: 'Pages', description: 'See and drive the pages of a browser.' },
  { name: 'Cookies', description: 'Cookies of a browser.' },
  { name: 'Tabs', description: 'Tabs of a browser share its storage.' },
  { name: 'Files', description: 'Files to upload, and what pages downloaded.' },
  { name: 'Events', description: 'The durable log of a browser.' },
  { name: 'Live', description: 'Links by which people see browsers, and take them over.' },
  { name: 'Recordings', description: 'What was seen of a browser, and what happened in it, on one timeline.' },
  { name: 'Network', description: 'Where a browser leaves, and what it asked for.' },
  { name: 'Projects', description: 'The tenants of this server.' },
  { name: 'API keys', description: 'Keys of a project.' },
  { name: 'Dashboard', description: 'Signing in to the page that this server serves.' },
  { name: 'Server', description: 'The state of the server itself.' },
];

const ABOUT = `Carrel gives every AI agent its own browser.

Authenticate with \`Authorization: Bearer ck_…\`. Times are RFC 3339. Lists answer \`{data, nextCursor}\`. Every error has the body
\`Error\`, whose \`code\` is stable. A browser's \`cdpUrl\` is a WebSocket URL for Playwright's \`connectOverCDP\` and Puppeteer's \`connect\`.`;

/** The path as OpenAPI writes it: `/v1/browsers/:id` → `/v1/browsers/{id}`. */
export const openApiPath = (path: string): string => path.replace(/:([A-Za-z]+)/g, '{$1}');

/**
 * Every error code that a route may answer: its own, and those that its shape brings with it (a body may be malformed, a key may be
 * missing).
 */
export function errorCodesOf(route: RouteContract): ErrorCode[] {
  const takesBody = route.body !== undefined || route.rawBody === true;
  const codes: ErrorCode[] = [
    ...route.errors,
    'invalid_request',
    'unknown_field',
    'headers_too_large',
    'forbidden_host',
    'forbidden_origin',
    'internal',
  ];
  if (route.scope !== null) codes.push('unauthorized', 'store_unavailable', 'shutting_down');
  if (route.scope !== null && route.scope !== 'any') codes.push('insufficient_scope');
  if (takesBody) codes.push('payload_too_large', 'unsupported_media_type');
  if (route.idempotent) codes.push('idempotency_key_in_use', 'idempotency_key_reused');
  return [...new Set(codes)].sort();
}

function errorResponses(route: RouteContract): Record<string, ZodOpenApiResponseObject> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodesOf(route)) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    responses[status] = {
      description: codes.map((code) => `\`${code}\`: ${ERRORS[code].summary}`).join('\n\n'),
      content: { 'application/json': { schema: errorBody } },
      ...((status === 429 || status === 503) && {
        headers: { 'Retry-After': { description: 'Try again after this many seconds.', schema: { type: 'integer', minimum: 0 } } },
      }),
    };
  }
  return responses;
}

const bytes = (contentTypes: readonly string[]) =>
  Object.fromEntries(contentTypes.map((type) => [type, { schema: { type: 'string' as const, format: 'binary' } }]));

function successResponse(route: RouteContract): ZodOpenApiResponseObject {
  const { response } = route;
  if (response === undefined) return { description: 'Done.' };
  if ('binary' in response) return { description: 'The content.', content: bytes(response.binary) };
  return {
    description: route.stream ? 'The entries; or, with `Accept: text/event-stream`, a stream of them.' : 'The answer.',
    content: {
      'application/json': { schema: response },
      ...(route.stream && {
        'text/event-stream': {
          schema: { type: 'string', description: 'Server-sent events: `id` and `event` of the entry, the entry itself as JSON in `data`.' },
        },
      }),
    },
  };
}

function headerParameters(route: RouteContract): z.ZodObject | undefined {
  if (route.idempotent) return z.object({ 'Idempotency-Key': idempotencyKey.optional() });
  if (!route.stream) return undefined;
  return z.object({
    'Last-Event-ID': z.coerce.number().int().min(0).optional().describe('When streaming: only entries after this one; wins over `after`.'),
  });
}

function requestBody(route: RouteContract): ZodOpenApiRequestBodyObject | undefined {
  if (route.rawBody) return { required: true, content: bytes(['application/octet-stream']) };
  if (!route.body) return undefined;
  // A body that may be `{}` may as well be left out.
  return { required: !route.body.safeParse({}).success, content: { 'application/json': { schema: route.body } } };
}

/** What a call needs of its key. OpenAPI 3.1 lets the list of a bearer scheme name what the key must be allowed. */
function needed(scope: RouteContract['scope']): Pick<ZodOpenApiOperationObject, 'description' | 'security'> {
  if (scope === null) return { security: [] };
  if (scope === 'any') return { description: 'Any API key will do.', security: [{ bearer: [] }] };
  return { description: `Needs the scope \`${scope}\`: ${SCOPES[scope]}`, security: [{ bearer: [scope] }] };
}

function operation(operationId: string, route: RouteContract): ZodOpenApiOperationObject {
  const body = requestBody(route);
  const header = headerParameters(route);
  const success = successResponse(route);
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    ...needed(route.scope),
    requestParams: {
      ...(route.params && { path: route.params }),
      ...(route.query && { query: route.query }),
      ...(header && { header }),
    },
    ...(body && { requestBody: body }),
    responses: {
      ...errorResponses(route),
      ...Object.fromEntries([route.status, ...(route.otherStatuses ?? [])].map((status) => [status, success])),
    },
  };
}

/** Open sets of the JSON Schema that zod writes for answers: a client must not choke on a field that a later server adds. */
function allowLaterFields(context: { zodSchema: z.core.$ZodTypes; jsonSchema: Record<string, unknown>; io: 'input' | 'output' }): void {
  const { def } = context.zodSchema._zod;
  if (context.io === 'output' && def.type === 'object' && def.catchall === undefined) delete context.jsonSchema.additionalProperties;
}

/** The document without what differs from server to server. It takes some 50 ms to make, and anybody may ask for it: made once. */
let contract: OpenApiDocument | undefined;

function contractDocument(): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'Carrel', version: '', description: ABOUT, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [],
      tags: TAGS,
      paths: paths as ZodOpenApiPathsObject,
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An API key of a project: `ck_…`.' } },
      },
    },
    { override: allowLaterFields, outputIdSuffix: 'Output' },
  );
}

/**
 * The OpenAPI 3.1 document of the whole contract. Its parts are shared between calls: copy what you want to change.
 *
 * @param version version of Carrel, e.g. `0.1.0`
 * @param serverUrl where the API is, e.g. `http://127.0.0.1:7070`; left out: wherever the document was fetched from
 * @example
 * const document = openApiDocument('0.1.0');
 * document.paths?.['/v1/browsers']?.post?.operationId; // 'openBrowser'
 */
export function openApiDocument(version: string, serverUrl = '/'): OpenApiDocument {
  contract ??= contractDocument();
  return { ...contract, info: { ...contract.info, version }, servers: [{ url: serverUrl }] };
}
