import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Profile } from '@carrel/sdk';
import { describe, expect, it, vi } from 'vitest';
import { Watcher } from '../live/watcher.js';
import { carrel, carrelJson, cwd, memberWith, type Running, signIn, site, start, surroundings, useClub } from './club.js';

useClub();

const BIN = fileURLToPath(new URL('../../../packages/cli/bin/carrel.js', import.meta.url));

describe('carrel login', { timeout: 60_000 }, () => {
  /** The browser of a login, once it is announced. */
  const browserOf = ({ written }: Running) =>
    vi.waitUntil(() => /^id +(br_\w+)$/m.exec(written())?.[1], { timeout: 25_000, interval: 20 }) as Promise<string>;

  it('should wait until a page is reached, save, and say what was saved', async () => {
    const login = start(['login', site.url, '--profile', 'frank', '--until-url', '*/members']);
    await signIn(await browserOf(login), 'frank');
    const { exitCode, stdout, stderr } = await login.end;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^Saved as version 1 of frank: .*1 cookie\.$/m) });
    expect(stderr).toContain('carrel exec');
    expect(stderr).toContain('carrel open --profile frank');
    expect(await memberWith('frank')).toMatch(/^frank, /);
  });

  it('should wait for a cookie, with an end of the input that came long before', async () => {
    const login = start(['login', site.url, '--profile', 'grace', '--until-cookie', 'sid']);
    login.stdin.end();
    await signIn(await browserOf(login), 'grace');
    expect(await login.end).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Saved as version 1 of grace') });
  });

  it.each([
    ['a line of a pipe', (stdin: PassThrough) => stdin.write('\n'), false],
    ['the end of a pipe', (stdin: PassThrough) => stdin.end(), false],
    ['Enter on a terminal, whatever else is waited for', (stdin: PassThrough) => stdin.write('\n'), true],
  ])('should wait for %s', async (what, tell, isTTY) => {
    const name = what.replaceAll(' ', '-').replaceAll(',', '');
    const login = start(['login', site.url, '--profile', name, ...(isTTY ? ['--until-url', '*/never'] : [])], isTTY);
    await signIn(await browserOf(login), 'heidi');
    tell(login.stdin);
    expect(await login.end).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Saved as version 1 of ${name}`) });
    expect(await memberWith(name)).toBe('heidi, token-of-heidi');
  });

  it('should save and end with 1 when the time is over, and go on from there the next time', async () => {
    const words = ['login', site.url, '--profile', 'ivan', '--until-cookie', 'never'];
    const login = start([...words, '--timeout', '1']);
    expect(await login.end).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('The time is over. Saved as version 1 of ivan') });
    const again = await carrel('login', site.url, '--profile', 'ivan', '--until-url', '*', '--json');
    const [opened, closed] = again.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(opened).toMatchObject({ event: 'opened', version: 1, cdpUrl: expect.stringMatching(/^ws:/) });
    expect(closed).toMatchObject({ event: 'closed', end: 'met', savedVersion: 2 });
  });

  /** Whoever has the link that is printed, who signs in by it. */
  async function helper({ written }: Running, who: string): Promise<Watcher> {
    const liveUrl = await vi.waitUntil(() => /^liveUrl +(\S+)$/m.exec(written())?.[1], { timeout: 25_000, interval: 20 });
    const watcher = await Watcher.open(liveUrl);
    await watcher.take();
    const press = (key: string, text?: string) => {
      watcher.say({ type: 'key', action: 'down', key, code: key, ...(text && { text }) });
      watcher.say({ type: 'key', action: 'up', key, code: key });
    };
    press('Tab');
    watcher.say({ type: 'text', text: who });
    press('Enter', '\r');
    return watcher;
  }

  it.each([
    ['they press Done', 'kate', []],
    ['a page is reached', 'kim', ['--until-url', '*/members']],
  ])('should sign the tasks of an end user in when %s, and leave no profile', async (_, who, until) => {
    const before = await carrelJson<Profile[]>('profiles', 'ls');
    const login = start(['login', site.url, '--end-user', who, ...until]);
    login.stdin.end();
    await using watcher = await helper(login, who);
    if (until.length === 0) {
      await watcher.until(() => watcher.last('state')?.url.endsWith('/members'), 'the members’ page');
      watcher.say({ type: 'done' });
    }
    expect(await login.end).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`The tasks of ${who} are signed in from now on.`),
    });
    expect(await carrelJson<Profile[]>('profiles', 'ls')).toEqual(before);
    expect((await carrel('credentials', 'ls', who)).stdout).toMatch(/ sid +session$/m);
    const members = `${site.url}/members`;
    const read = async (endUser: string) =>
      (await carrel('run', 'Read the page', '--url', members, '--end-user', endUser, '--model', 'builtin')).stdout;
    expect(await read(who)).toContain('You may come in.');
    expect(await read('liam')).toContain('Strangers stay outside.');
  });

  it('should say so when nothing was kept for an end user, and what goes with profiles only', async () => {
    const login = start(['login', site.url, '--end-user', 'nina', '--json']);
    const opened = await vi.waitUntil(() => /^(.*"opened".*)$/m.exec(login.written())?.[1], { timeout: 25_000, interval: 20 });
    await carrel('close', JSON.parse(opened).browserId);
    const { exitCode, stdout } = await login.end;
    const message = 'The browser was closed before anybody had signed in.';
    expect([exitCode, JSON.parse(stdout.trim().split('\n')[1] ?? '')]).toEqual([
      1,
      { event: 'closed', end: 'failed', endUserId: 'nina', message },
    ]);
    expect(await carrel('login', site.url, '--end-user', 'nina', '--idle-timeout', '60', '--no-standby')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--idle-timeout, --no-standby: only with --profile'),
    });
    expect(await carrel('login', site.url, '--end-user', 'nina', '--until-url', '*/members', '--until-cookie', 'sid')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('both only with --profile'),
    });
  });

  it('should not be recorded, whatever the project says', async () => {
    const [project] = await carrelJson<{ id: string }[]>('projects', 'ls');
    await carrel('projects', 'update', project?.id ?? '', '--record', 'yes');
    try {
      await carrel('login', site.url, '--profile', 'mia', '--until-url', '*');
      const { id } = await carrelJson<{ id: string }>('open');
      await carrel('close', id);
      const recorded = async () => (await carrelJson<{ browserId: string }[]>('recordings')).map(({ browserId }) => browserId);
      await expect.poll(recorded, { timeout: 15_000 }).toEqual([id]);
    } finally {
      await carrel('projects', 'update', project?.id ?? '', '--record', 'default');
    }
    expect(await carrel('login', site.url, '--profile', 'mia', '--record')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--record'),
    });
  });

  it('should ask what the login is for', async () => {
    expect(await carrel('login', site.url)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--end-user') });
  });

  it('should say so when somebody else closes the browser, and what was saved then', async () => {
    const login = start(['login', site.url, '--profile', 'judy']);
    await carrel('close', await browserOf(login));
    expect(await login.end).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/The browser ended by itself \(.*\)\. Saved as version 1 of judy/),
    });
  });

  it('should close the browser when the site cannot be reached', async () => {
    const { exitCode, stderr } = await carrel('login', 'http://127.0.0.1:1/', '--profile', 'mallory');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('cannot be opened') });
    const { heldBy } = await carrelJson<Profile>('profiles', 'show', 'mallory');
    expect(heldBy).toEqual([]);
  });

  describe('as a process', () => {
    async function spawnLogin(...whose: string[]): Promise<{ child: ChildProcess; browserId: string; lines: AsyncIterator<string> }> {
      const env = { ...surroundings(), PATH: process.env.PATH, HOME: process.env.HOME };
      const child = spawn(process.execPath, [BIN, 'login', site.url, ...whose, '--json'], { env, cwd, stdio: 'pipe' });
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const { browserId } = JSON.parse((await lines.next()).value);
      return { child, browserId, lines };
    }

    it('should save at Ctrl-C, and end with 1', async () => {
      const { child, browserId, lines } = await spawnLogin('--profile', 'niaj');
      try {
        await signIn(browserId, 'niaj');
        const exited = once(child, 'exit');
        child.kill('SIGINT');
        expect(JSON.parse((await lines.next()).value)).toMatchObject({ event: 'closed', end: 'interrupted', savedVersion: 1 });
        expect(await exited).toEqual([1, null]);
        expect(await memberWith('niaj')).toBe('niaj, token-of-niaj');
      } finally {
        child.kill('SIGKILL');
      }
    });

    it('should give up the login of an end user at Ctrl-C, and end with 1', async () => {
      const { child, browserId, lines } = await spawnLogin('--end-user', 'oscar');
      try {
        const exited = once(child, 'exit');
        child.kill('SIGINT');
        expect(JSON.parse((await lines.next()).value)).toMatchObject({ event: 'closed', end: 'interrupted', endUserId: 'oscar' });
        expect(await exited).toEqual([1, null]);
        expect(await carrelJson('show', browserId)).toMatchObject({ status: 'closed' });
      } finally {
        child.kill('SIGKILL');
      }
    });

    it('should end by itself after a line of its input, which stays open', async () => {
      const { child, browserId, lines } = await spawnLogin('--profile', 'olivia');
      try {
        await signIn(browserId, 'olivia');
        const exited = once(child, 'exit');
        child.stdin?.write('\n');
        expect(JSON.parse((await lines.next()).value)).toMatchObject({ event: 'closed', end: 'told', savedVersion: 1 });
        expect(await exited).toEqual([0, null]);
      } finally {
        child.kill('SIGKILL');
      }
    });
  });
});
