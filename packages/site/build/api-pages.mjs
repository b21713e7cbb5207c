// The reference of the HTTP API: a page for each tag of the OpenAPI document, and one of all types.
import { code, fence, page, slug, table, text } from './markdown.mjs';
import { describe, exampleOf, nameOf, REQUIRED, typeOf } from './schema.mjs';

const TYPES = './types.md';
const SERVER = 'http://127.0.0.1:7070';

/** Where a path has no id to put in, what stands there in an example. */
const pathOfExample = (path) =>
  path.replace(/\{(\w+)\}/g, (_, name) => `$${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`);

/** What may not be left out, though the schema alone does not say so. */
const BODIES = {
  setCredentials: { logins: [{ domain: 'shop.example', username: 'ada@example.com', password: 'correct horse' }] },
  importProfile: { cookies: [{ name: 'session', value: 'text', domain: 'shop.example' }] },
  setCookies: { cookies: [{ name: 'session', value: 'text', domain: 'shop.example' }] },
  updateProfile: { name: 'ada' },
  updateProject: { maxBrowsers: 10 },
  updateWebhook: { events: ['task.completed'] },
  signIn: { apiKey: 'ck_…' },
  execute: { type: 'goto', url: 'https://example.com' },
  updateBrowser: { maxDurationSeconds: 7200 },
  openBrowser: { idleTimeoutSeconds: 600 },
  createLiveLink: { scope: 'view', ttlSeconds: 900 },
  scrape: { onlyMainContent: true },
};

/** The body that the example of a call sends; undefined: none. */
export function bodyOfExample(operation, schemas) {
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  if (schema === undefined) return undefined;
  return BODIES[operation.operationId] ?? exampleOf(schema, schemas);
}

function curl(method, path, operation, schemas) {
  const body = bodyOfExample(operation, schemas);
  const lines = [`curl -X ${method.toUpperCase()} "${SERVER}${pathOfExample(path)}"`];
  if (operation.security?.length !== 0) lines.push('-H "Authorization: Bearer $CARREL_API_KEY"');
  if (body !== undefined) {
    lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body)}'`);
  } else if (operation.requestBody !== undefined) lines.push('--data-binary @file');
  return fence('sh', lines.join(' \\\n  '));
}

const parameterRow = ({ name, in: where, required, schema }) => [
  `${code(name)} in the ${where}${required && where !== 'path' ? REQUIRED : ''}`,
  typeOf(schema, TYPES),
  [text(schema.description ?? ''), schema.default === undefined ? '' : `Default ${code(schema.default)}.`].join(' '),
];

/** @param shown names of the types whose fields stand on the page already */
function bodyPart(title, content, schemas, shown) {
  const [[type, media] = []] = Object.entries(content ?? {});
  if (media === undefined) return [];
  if (type !== 'application/json') return [`**${title}**: ${code(type)}`];
  const name = nameOf(media.schema);
  const schema = name === undefined ? media.schema : schemas[name];
  const reference = name === undefined ? '' : ` ([${name}](${TYPES}#${name.toLowerCase()}))`;
  // What has many forms is on the page of types alone, and the rest once on each page.
  const isLong = (schema.oneOf ?? schema.anyOf) !== undefined || shown.has(name);
  if (name !== undefined) shown.add(name);
  return [`**${title}**${reference}`, isLong && name !== undefined ? '' : describe(schema, TYPES)];
}

const errorLink = (word) => `[${code(word)}](../errors.md#${word})`;

function answers(operation, schemas, shown) {
  const all = Object.entries(operation.responses);
  const good = all.filter(([status]) => status.startsWith('2'));
  const bad = all.filter(([status]) => !status.startsWith('2'));
  const codes = bad.flatMap(([status, { description }]) =>
    description.split('\n\n').map((line) => [status, errorLink(line.slice(0, line.indexOf(':'))), text(line.slice(line.indexOf(':') + 2))]),
  );
  return [
    good.map(([status, { description, content }]) => [
      `**Answer** ${code(status)}${content === undefined ? `: ${text(description)}` : ''}`,
      ...bodyPart('Body', content, schemas, shown),
    ]),
    `::: details Errors\n\n${table(['status', 'code', 'meaning'], codes)}\n\n:::`,
  ];
}

function operationPart(path, method, operation, schemas, shown) {
  return [
    `## ${text(operation.summary)} {#${operation.operationId.toLowerCase()}}`,
    fence('http', `${method.toUpperCase()} ${path}`),
    text(operation.description ?? 'Needs no API key.'),
    operation.parameters?.length > 0 && table(['parameter', 'type', ''], operation.parameters.map(parameterRow)),
    operation.requestBody && bodyPart('Body', operation.requestBody.content, schemas, shown),
    '**Example**',
    curl(method, path, operation, schemas),
    answers(operation, schemas, shown),
  ];
}

const operationsOf = (document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, tag: operation.tags[0] })),
  );

/** @returns {{tag: string, path: string, content: string}[]} */
export function apiPages(document) {
  const { schemas } = document.components;
  const operations = operationsOf(document);
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const pages = tags.map((tag) => {
    const own = operations.filter((one) => one.tag === tag);
    const list = table(
      ['call', ''],
      own.map(({ path, method, operation }) => [
        `[${code(`${method.toUpperCase()} ${path}`)}](#${operation.operationId.toLowerCase()})`,
        text(operation.summary),
      ]),
    );
    const about = document.tags.find(({ name }) => name === tag)?.description ?? '';
    const shown = new Set();
    const parts = own.map(({ path, method, operation }) => operationPart(path, method, operation, schemas, shown));
    return { tag, path: `api/${slug(tag)}.md`, content: page(tag, text(about), list, parts) };
  });
  const types = Object.entries(schemas).map(([name, schema]) => [
    `## ${name} {#${name.toLowerCase()}}`,
    text(schema.description ?? ''),
    describe(schema, TYPES),
  ]);
  return [
    { tag: 'Overview', path: 'api/index.md', content: overview(document, pages, operations) },
    ...pages,
    {
      tag: 'Types',
      path: 'api/types.md',
      content: `---\noutline: 2\n---\n\n${page('Types', 'What calls take and answer, by name.', types)}`,
    },
  ];
}

function overview(document, pages, operations) {
  const rows = pages.flatMap(({ tag, path }) =>
    operations
      .filter((one) => one.tag === tag)
      .map(({ path: call, method, operation }, index) => [
        index === 0 ? `[${tag}](./${path.slice('api/'.length)})` : '',
        `[${code(`${method.toUpperCase()} ${call}`)}](./${path.slice('api/'.length)}#${operation.operationId.toLowerCase()})`,
        text(operation.summary),
      ]),
  );
  return page(
    'HTTP API',
    text(document.info.description),
    'The same for machines: <a href="/openapi.json" target="_self">OpenAPI 3.1</a>. All error codes and scopes: [errors](../errors.md).',
    table(['', 'call', ''], rows),
  );
}
