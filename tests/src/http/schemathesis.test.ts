import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { run } from '../../../scripts/command.mjs';
import { pythonEnvironment } from '../../../scripts/python/environment.mjs';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const environment = await pythonEnvironment();
const TIMEOUT_MS = scaled(170_000, 1_800_000);

/** What is held against every answer. What its other checks ask for is not promised (every refusal of what the document allows), or tried elsewhere. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];
/** They would take the key away that all calls are made with. */
const LEFT_OUT = ['DELETE /v1/api-keys/{id}', 'DELETE /v1/projects/{id}'];

describe.skipIf(environment === undefined)('The document of the API, as Schemathesis reads it', () => {
  let server: TestServer;
  let directory: string;
  beforeAll(async () => {
    server = await startTestServer();
    directory = await mkdtemp(join(tmpdir(), 'schemathesis-'));
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it('should allow every answer to whatever can be made of it, and no answer should be a fault of the server', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const command = [
      ...[join(dirname(environment?.python ?? ''), 'st'), 'run', `${server.url}/openapi.json`, '--no-color'],
      ...['--header', `Authorization: Bearer ${server.apiKey}`, '--request-timeout', '30'],
      ...['--phases', 'fuzzing', '--max-examples', `${scaled(3, 60)}`, '--seed', '2', '--suppress-health-check', 'all'],
      ...['--checks', CHECKS.join(','), '--continue-on-failure', '--warnings', 'off'],
      ...LEFT_OUT.flatMap((name) => ['--exclude-name', name]),
    ];
    const env = { ...process.env, HOME: directory, TMPDIR: directory };
    const printed = await run(command, { cwd: directory, env, timeoutMs: TIMEOUT_MS - 10_000 }).catch((error: { output: string }) => {
      throw new Error(error.output, { cause: error });
    });
    expect(printed).toMatch(/\d+ generated, \d+ passed/);
  });
});
