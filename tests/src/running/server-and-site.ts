import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CarrelServer, startServer } from '@carrel/server';
import { prepareDatabase } from '../../../packages/server/src/store/testing/prepared-database.js';

/** A server with a data directory of its own, which goes with it. */
export interface TestServer extends AsyncDisposable {
  url: string;
  dataDir: string;
  /** The key of the default project, with every scope. */
  apiKey: string;
}

/** A browser that is started ahead costs as much as one that a test opens, and most tests would have it for nothing (pool.test.ts has its own). */
export const NO_POOL = { CARREL_POOL_SIZE: '0' };

/** Starts a real server on a free port, whose browsers may reach the sites that tests have on this machine. */
export async function startTestServer(env: NodeJS.ProcessEnv = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-'));
  const remove = () => rm(dataDir, { recursive: true, force: true });
  let server: CarrelServer;
  try {
    const own = {
      CARREL_DATA_DIR: dataDir,
      CARREL_PORT: '0',
      CARREL_LOG_LEVEL: 'silent',
      ...NO_POOL,
      CARREL_EGRESS_ALLOW: '127.0.0.0/8,::1',
    };
    if (env.DATABASE_URL === undefined) await prepareDatabase(dataDir);
    server = await startServer({ env: { ...own, ...env }, cwd: dataDir });
  } catch (error) {
    await remove();
    throw error;
  }
  const close = async () => {
    await server.close();
    await remove();
  };
  const apiKey = (await readFile(join(dataDir, 'api-key'), 'utf8')).trim();
  return { url: server.url, dataDir, apiKey, [Symbol.asyncDispose]: close };
}

export interface TestSite extends AsyncDisposable {
  url: string;
}

/** Starts a small web site on a free port. */
export async function startSite(answer: RequestListener): Promise<TestSite> {
  const server: Server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, [Symbol.asyncDispose]: close };
}

/** A page with a form, a link and a greeting. */
export const greetingPage: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><title>Greeting</title><main><h1>Hello</h1>
    <form onsubmit="event.preventDefault(); document.querySelector('output').textContent = 'Hello ' + this.who.value">
    <label>Name <input name="who"></label> <button>Greet</button> <output></output></form>
    <p><a href="/next">Next</a></p></main>`);
};
