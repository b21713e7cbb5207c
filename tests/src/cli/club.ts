import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { run } from '@carrel/cli';
import { afterAll, beforeAll, expect } from 'vitest';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

/** A club: whoever gives a name is a member, by a session cookie and an entry in localStorage. */
const club: RequestListener = async (request, response) => {
  if (request.method === 'POST') {
    const who = new URLSearchParams(await text(request)).get('who') ?? '';
    response.writeHead(303, { location: '/members', 'set-cookie': `sid=${who}; Path=/; HttpOnly` }).end();
    return;
  }
  const member = /sid=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  if (request.url === '/members') {
    response.end(`<!doctype html><title>Members</title><h1>Members</h1>
      <p>${member === undefined ? 'Strangers stay outside.' : 'You may come in.'}</p><output>${member ?? 'nobody'}, <b></b></output><script>
      if (${member !== undefined} && !localStorage.token) localStorage.token = 'token-of-${member}';
      document.querySelector('b').textContent = localStorage.token ?? 'none';</script>`);
  } else response.end('<!doctype html><title>Sign in</title><form method="post"><input name="who"><button>Sign in</button></form>');
};

export let server: TestServer;
/** The club's. */
export let site: TestSite;
/** Where `carrel` runs. */
export let cwd: string;

/** Has a file of tests begin with a server and the club, and end them. */
export function useClub(): void {
  beforeAll(async () => {
    server = await startTestServer();
    site = await startSite(club);
    cwd = await mkdtemp(join(tmpdir(), 'carrel-cli-'));
  });
  afterAll(async () => {
    await rm(cwd, { recursive: true });
    await site?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
}

/** The environment of a `carrel` that finds the server, and the key that lies in its data directory. */
export const surroundings = () => ({ CARREL_URL: server.url, CARREL_DATA_DIR: server.dataDir });

export interface Running {
  stdin: PassThrough & { isTTY?: boolean };
  /** What it has written so far. */
  written: () => string;
  end: Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

/** Starts `carrel` against the server. */
export function start(words: string[], isTTY = false): Running {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stdin = Object.assign(new PassThrough(), { isTTY });
  let soFar = '';
  stdout.on('data', (chunk: Buffer) => {
    soFar += chunk;
  });
  const output = Promise.all([buffer(stdout), buffer(stderr)]);
  const end = run(words, { stdout, stderr, stdin, env: surroundings(), cwd }).then(async (exitCode) => {
    stdout.end();
    stderr.end();
    const [bytes, errors] = await output;
    return { exitCode, stdout: bytes.toString(), stderr: errors.toString() };
  });
  return { stdin, written: () => soFar, end };
}

export const carrel = (...words: string[]) => start(words).end;

export async function carrelJson<T>(...words: string[]): Promise<T> {
  const { exitCode, stdout, stderr } = await carrel(...words, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

/** Signs in to the club in that browser, as a person would from another terminal. */
export async function signIn(id: string, who: string): Promise<void> {
  expect(await carrel('exec', id, 'fill', '[name=who]', `value=${who}`)).toMatchObject({ exitCode: 0 });
  const { exitCode, stderr } = await carrel('exec', id, 'click', 'button');
  // A login that waits for this may end the browser before it can say that it has clicked, and nothing else may come between.
  if (exitCode !== 0) expect(stderr).toMatch(/is (?:closing|closed)|has ended/);
}

/** Whom the club takes a new browser for that starts with this profile. */
export async function memberWith(profile: string): Promise<string> {
  const { id } = await carrelJson<{ id: string }>('open', '--profile', profile);
  await carrel('exec', id, 'goto', `${site.url}/members`);
  const { fields } = await carrelJson<{ fields: { who: string } }>('scrape', id, '--field', 'who=output');
  expect(await carrel('close', id)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^br_\w+ clos(ing|ed)\n$/) });
  return fields.who;
}
