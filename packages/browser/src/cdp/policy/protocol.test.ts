import { spawn } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BrowserKind } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import { findChromium } from '../../chromium/index.js';
import { decisions } from './table.js';

interface Protocol {
  domains: { domain: string; commands?: { name: string }[] }[];
}

/** Any that is not root's, as which Chromium does not start. */
const UID = 65_534;
const START_MS = 30_000;

/** The protocol of a Chromium, which only one with a debugging port tells. */
async function protocolOf(kind: BrowserKind): Promise<Protocol> {
  const { executablePath } = await findChromium(kind);
  const directory = await mkdtemp(join(tmpdir(), 'carrel-protocol-'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) await chown(directory, UID, UID);
  const flags = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${directory}`, '--no-first-run', '--disable-gpu'];
  const child = spawn(executablePath, [...flags, '--proxy-server=http://127.0.0.1:9', 'about:blank'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { HOME: directory },
    ...(asRoot ? { uid: UID, gid: UID } : {}),
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    const port = await portIn(child.stderr);
    const answer = await fetch(`http://127.0.0.1:${port}/json/protocol`, { signal: AbortSignal.timeout(START_MS) });
    return (await answer.json()) as Protocol;
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

async function portIn(stderr: Readable): Promise<string> {
  let text = '';
  const deadline = setTimeout(() => stderr.destroy(new Error(`no debugging port in time: ${text}`)), START_MS);
  try {
    for await (const chunk of stderr) {
      text += String(chunk);
      const port = /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(text)?.[1];
      if (port !== undefined) return port;
    }
  } finally {
    clearTimeout(deadline);
  }
  throw new Error(`Chromium opened no debugging port: ${text}`);
}

describe('the table of commands', () => {
  it.each<BrowserKind>(['headless-shell', 'chromium'])('should decide on each command that %s has, and on no other', async (kind) => {
    const { domains } = await protocolOf(kind);
    const commands = domains.flatMap(({ domain, commands = [] }) => commands.map(({ name }) => `${domain}.${name}`));
    const table = [...decisions().keys()];
    expect(table.length).toBeGreaterThan(500);
    expect(commands.filter((command) => !table.includes(command))).toEqual([]);
    expect(table.filter((command) => !commands.includes(command))).toEqual([]);
  });

  it('should give a reason for everything that is not passed on as it is', () => {
    for (const [command, decision] of decisions()) {
      if (decision !== 'pass') expect(decision.reason, command).toMatch(/^[`a-z].{15,}[^.]$/);
    }
  });
});
