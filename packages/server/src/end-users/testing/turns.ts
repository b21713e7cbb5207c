import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TurnPage } from '@carrel/agent';
import { Browser, chooseIsolation, EgressPolicy, type Isolation, makeRunDirectory, parseAllowance } from '@carrel/browser';
import { type ActionInput, type ActionResult, action, newId, type Observation, setCredentialsRequest } from '@carrel/protocol';
import { pino } from 'pino';
import { TestDatabase, type TestServer } from '../../profiles/testing/test-database.js';
import type { TurnCredentials } from '../../tasks/turn-credentials.js';
import { EndUserCredentials } from '../credentials.js';
import { turnCredentialsOf } from '../turn-credentials.js';

const MEBIBYTE = 1024 * 1024;
const LIMITS = { memoryBytes: 2048 * MEBIBYTE, tasks: 1000, cpuPercent: 200, diskBytes: 1024 * MEBIBYTE };
const HOUR_MS = 3_600_000;
export const never: AbortSignal = new AbortController().signal;

/** A browser of a turn, with what there is of its end user brought into it. */
export interface Turn extends AsyncDisposable {
  readonly browser: Browser;
  readonly credentials: TurnCredentials;
  readonly page: TurnPage;
  /** What the browser's log has. */
  readonly events: unknown[];
  /** Does an action that has to work. */
  done(input: ActionInput): Promise<ActionResult>;
  /** What a script in the page gives, as the agent would see it. */
  ask(expression: string): Promise<unknown>;
  see(): Promise<Observation>;
  refOf(name: string): Promise<string>;
  keep(): Promise<void>;
}

/** A database, a site, and turns of end users. */
export class Turns implements AsyncDisposable {
  readonly #isolation: Isolation;
  readonly #database: TestDatabase;
  readonly server: TestServer;
  readonly credentials: EndUserCredentials;
  readonly actor: { projectId: string; apiKeyId: string };
  readonly #cleanup: () => Promise<void>;

  private constructor(isolation: Isolation, database: TestDatabase, server: TestServer, cleanup: () => Promise<void>) {
    this.#isolation = isolation;
    this.#database = database;
    this.server = server;
    this.credentials = new EndUserCredentials(server.store);
    this.actor = { ...server.project, apiKeyId: newId('apiKey') };
    this.#cleanup = cleanup;
  }

  static async start(): Promise<Turns> {
    const dataDir = await mkdtemp(join(tmpdir(), 'carrel-turns-'));
    const runDirectory = await makeRunDirectory(dataDir, { othersMustEnter: process.getuid?.() === 0 });
    const isolation = await chooseIsolation({ runDirectory, executablePaths: {}, allowNoSandbox: false, limits: LIMITS });
    const database = await TestDatabase.start();
    return new Turns(isolation, database, await database.open(), async () => {
      await isolation.sweep();
      await rm(runDirectory, { recursive: true, force: true });
      await rm(dataDir, { recursive: true, force: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
    await this.#cleanup();
  }

  async set(endUserId: string, request: unknown): Promise<void> {
    await this.credentials.set(this.actor, endUserId, setCredentialsRequest.parse(request));
  }

  async describe(endUserId: string) {
    return await this.credentials.describe({ ...this.server.project, endUserId });
  }

  async begin(endUserId: string): Promise<Turn> {
    const allowances = ['127.0.0.0/8', '::1'].map(parseAllowance).filter((allowance) => allowance !== undefined);
    const events: unknown[] = [];
    const { browser, started } = Browser.open(this.#isolation, {
      id: newId('browser'),
      kind: 'headless-shell',
      idleTimeoutMs: HOUR_MS,
      maxDurationMs: HOUR_MS,
      limits: { maxCdpMessageBytes: 64 * MEBIBYTE, maxFileBytes: MEBIBYTE, maxFilesBytes: MEBIBYTE },
      egress: { policy: new EgressPolicy({ allowances }) },
      onEvent: (event) => events.push(event),
    });
    await started;
    const open = turnCredentialsOf(this.server.store, pino({ level: process.env.CARREL_TEST_LOG ?? 'silent' }));
    const credentials = await open({ ...this.server.project, endUserId });
    await credentials.bring(browser, never);
    const page = credentials.page(browser);
    const done = async (input: ActionInput) => {
      const result = await page.execute(action.parse(input), never);
      if (!result.success) throw new Error(`${input.type} failed: ${result.message}`);
      return result;
    };
    // Markdown needs a thread of its own, which is most of the time of a look: `scrape` is there for it.
    const see = () => page.observe({ screenshot: false, markdown: false }, never);
    return {
      browser,
      credentials,
      page,
      events,
      done,
      see,
      ask: async (expression) => (await done({ type: 'evaluate', expression })).value,
      refOf: async (name) => {
        const found = (await see()).elements.find((one) => one.name === name);
        if (found === undefined) throw new Error(`there is no ${name}`);
        return found.ref;
      },
      keep: () => credentials.keep(browser, never),
      [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose](),
    };
  }
}

/** A site under two names: `origin` and, to browsers another site, `stranger`. */
export interface Site extends AsyncDisposable {
  origin: string;
  stranger: string;
  port: number;
}

export async function startSite(answer: (url: URL, request: IncomingMessage, response: ServerResponse) => string): Promise<Site> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><meta charset="utf-8">${answer(new URL(request.url ?? '/', 'http://site'), request, response)}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    stranger: `http://localhost:${port}`,
    port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
