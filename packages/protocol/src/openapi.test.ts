import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { errorCodesOf, openApiDocument, openApiPath } from './openapi.js';
import { type RouteContract, type RouteName, routes } from './routes/index.js';

type Operation = {
  operationId: string;
  security: unknown[];
  parameters?: { in: string; name: string; required?: boolean }[];
  requestBody?: { required: boolean; content: Record<string, unknown> };
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }>; headers?: Record<string, unknown> }>;
};

const document = openApiDocument('1.2.3', 'http://127.0.0.1:7070');
const json = JSON.stringify(document);
const all = Object.entries(routes) as [RouteName, RouteContract][];

function operationOf(name: RouteName): Operation {
  const { path, method } = routes[name];
  const item = document.paths?.[openApiPath(path)] as Record<string, Operation> | undefined;
  const found = item?.[method.toLowerCase()];
  if (!found) throw new Error(`the document has no ${method} ${path}`);
  return found;
}

describe('openApiDocument', () => {
  it('should be valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(json) as Record<string, unknown>);
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('should have nothing beside a $ref that refuses what it leads to', () => {
    expect([...json.matchAll(/\{[^{}]*"\$ref":[^{}]*\}/g)].filter(([schema]) => schema.includes('additionalProperties'))).toEqual([]);
  });

  it('should resolve every $ref', () => {
    const refs = [...json.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(refs.length).toBeGreaterThan(50);
    const dangling = refs.filter((ref) => {
      const name = ref.replace('#/components/schemas/', '');
      return !document.components?.schemas?.[name];
    });
    expect(dangling).toEqual([]);
  });

  it('should name components by the contract, never by a counter', () => {
    expect(Object.keys(document.components?.schemas ?? {}).filter((name) => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
  });

  it.each(all)('should have the route %s under its own name, with its answer and its errors', (name, route) => {
    const operation = operationOf(name);
    expect(operation.operationId).toBe(name);
    expect(operation.security).toEqual(route.scope ? [{ bearer: route.scope === 'any' ? [] : [route.scope] }] : []);
    for (const status of [route.status, ...(route.otherStatuses ?? [])]) expect(operation.responses[status]).toBeDefined();
    const described = Object.values(operation.responses)
      .map((response) => response.description)
      .join('\n');
    for (const code of errorCodesOf(route)) expect(described).toContain(`\`${code}\``);
  });

  it('should declare every path parameter of every path', () => {
    for (const [name, route] of all) {
      const inPath = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
      const declared = (operationOf(name).parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(declared.map((parameter) => parameter.name)).toEqual(inPath);
      expect(declared.every((parameter) => parameter.required)).toBe(true);
    }
  });

  it('should offer Idempotency-Key exactly where it is honoured', () => {
    const offering = all.filter(([name]) => operationOf(name).parameters?.some((parameter) => parameter.name === 'Idempotency-Key'));
    expect(offering.map(([name]) => name)).toEqual(all.filter(([, route]) => route.idempotent).map(([name]) => name));
  });

  it('should give binary answers, raw bodies and streams their content types', () => {
    expect(Object.keys(operationOf('screenshot').responses['200']?.content ?? {})).toEqual(['image/png', 'image/jpeg', 'image/webp']);
    expect(Object.keys(operationOf('putFile').requestBody?.content ?? {})).toEqual(['application/octet-stream']);
    expect(Object.keys(operationOf('listEvents').responses['200']?.content ?? {})).toEqual(['application/json', 'text/event-stream']);
    expect(operationOf('closeTab').responses['204']?.content).toBeUndefined();
  });

  it('should close request bodies and leave answers open to later fields', () => {
    const schemas = document.components?.schemas as Record<string, { additionalProperties?: unknown }>;
    expect(schemas.OpenBrowserRequest?.additionalProperties).toBe(false);
    expect(schemas.Browser?.additionalProperties).toBeUndefined();
  });

  it('should say when to try again where that is known', () => {
    expect(operationOf('openBrowser').responses['429']?.headers).toHaveProperty('Retry-After');
  });
});
