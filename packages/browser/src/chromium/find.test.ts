import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BrowserKind } from '@carrel/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from './find.js';

describe('findChromium', () => {
  let directory: string;
  /** Nothing of this machine's. */
  const nothing = () => ({ env: { HOME: join(directory, 'home') }, systemPaths: { 'headless-shell': [], chromium: [] } });
  const program = async (path: string, mode = 0o755) => {
    const absolute = join(directory, path);
    await mkdir(dirname(absolute), { recursive: true });
    await writeFile(absolute, '#!/bin/sh\n');
    await chmod(absolute, mode);
    return absolute;
  };
  beforeEach(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'carrel-test-')));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('should take what the setting names, and nothing else', async () => {
    const mine = await program('mine');
    const system = await program('system');
    const options = { ...nothing(), systemPaths: { 'headless-shell': [system], chromium: [] }, executablePath: mine };
    expect(await findChromium('headless-shell', options)).toEqual({ kind: 'headless-shell', executablePath: mine, source: 'setting' });
    const link = join(directory, 'link');
    await symlink(mine, link);
    expect(await findChromium('chromium', { ...options, executablePath: link })).toMatchObject({ executablePath: mine });
  });

  it.each(['missing', 'not-executable', 'a-directory'])(
    'should refuse a setting that names what is %s, though there is another',
    async (name) => {
      await program('not-executable', 0o644);
      await mkdir(join(directory, 'a-directory'));
      const systemPaths = { 'headless-shell': [await program('system')], chromium: [] };
      const finding = findChromium('headless-shell', { ...nothing(), systemPaths, executablePath: join(directory, name) });
      await expect(finding).rejects.toMatchObject({
        code: 'chromium_not_found',
        message: expect.stringMatching(new RegExp(`${name}, which is not a program.*CARREL_HEADLESS_SHELL_PATH`, 's')),
      });
    },
  );

  it('should look in the usual places in their order, past what is no program', async () => {
    const [second, third] = [await program('b'), await program('c')];
    await mkdir(join(directory, 'a'));
    const systemPaths = { 'headless-shell': [join(directory, 'a'), join(directory, 'none'), second, third], chromium: [] };
    expect(await findChromium('headless-shell', { ...nothing(), systemPaths })).toMatchObject({ executablePath: second, source: 'system' });
  });

  const LAYOUTS: [BrowserKind, string, string][] = [
    ['headless-shell', 'chromium_headless_shell', 'chrome-headless-shell-linux64/chrome-headless-shell'],
    ['headless-shell', 'chromium_headless_shell', 'chrome-linux/headless_shell'],
    ['chromium', 'chromium', 'chrome-linux64/chrome'],
    ['chromium', 'chromium', 'chrome-linux/chrome'],
  ];
  it.each(LAYOUTS)("should find the newest %s of Playwright's cache (%s-*/%s)", async (kind, folder, inside) => {
    const cache = 'home/.cache/ms-playwright';
    // By number, not by letter: 999 is older than 1000.
    for (const revision of ['999', '1000', '1001']) await program(`${cache}/${folder}-${revision}/${inside}`);
    await rm(join(directory, `${cache}/${folder}-1001/${inside}`)); // an install that was broken off
    const executablePath = join(directory, `${cache}/${folder}-1000/${inside}`);
    expect(await findChromium(kind, nothing())).toEqual({ kind, executablePath, source: 'playwright' });
    const other = kind === 'chromium' ? 'headless-shell' : 'chromium';
    await expect(findChromium(other, nothing())).rejects.toMatchObject({ code: 'chromium_not_found' });
  });

  it('should look in the cache that PLAYWRIGHT_BROWSERS_PATH names', async () => {
    const executablePath = await program('cache/chromium-1/chrome-linux/chrome');
    await program('home/.cache/ms-playwright/chromium-2/chrome-linux/chrome');
    const env = { ...nothing().env, PLAYWRIGHT_BROWSERS_PATH: join(directory, 'cache') };
    expect(await findChromium('chromium', { ...nothing(), env })).toMatchObject({ executablePath });
  });

  it.each<[BrowserKind, RegExp[]]>([
    ['headless-shell', [/apt-get install -y chromium-headless-shell /, /install chromium-headless-shell$/m, /CARREL_HEADLESS_SHELL_PATH=/]],
    ['chromium', [/apt-get install -y chromium /, /install chromium$/m, /CARREL_CHROMIUM_PATH=/]],
  ])('should say how to get a %s when there is none', async (kind, commands) => {
    const error = await findChromium(kind, nothing()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'chromium_not_found', status: 503, details: { kind } });
    for (const command of commands) expect((error as Error).message).toMatch(command);
  });
});
