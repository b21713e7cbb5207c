import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserOptions } from './browser-options.js';
import { type TestIsolation, testProcess, wallsWith } from './testing/launch.js';
import { connect, expectNothingLeft, open, typesOf } from './testing/open-browser.js';

describe('A browser that does not start', () => {
  let scripts: string;
  beforeAll(async () => {
    scripts = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    await chmod(scripts, 0o755);
  });
  afterAll(() => rm(scripts, { recursive: true, force: true }));
  /** A program in Chromium's place. */
  const instead = async (name: string, script: string) => {
    const path = join(scripts, name);
    await writeFile(path, `#!/bin/sh\n[ "$1" = --version ] && exec echo Chromium 156.0.0.1\n${script}\n`, { mode: 0o755 });
    return await testProcess({ 'headless-shell': path });
  };
  const failed = async (fake: TestIsolation, code: string, message: RegExp, options: Partial<BrowserOptions> = {}) => {
    await using opened = open(fake, options);
    const { browser, started, events } = opened;
    await expect(started).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await browser.ended;
    expect(browser).toMatchObject({ status: 'failed', reason: { code: 'launch_failed', message: expect.stringMatching(message) } });
    expect(typesOf(events)).toEqual(['browser.starting', 'browser.failed']);
    expect(await readdir(fake.runDirectory)).toEqual([]);
  };

  it('should say how to get a Chromium when there is none', async () => {
    await using none = await testProcess({ 'headless-shell': join(scripts, 'missing') });
    await failed(none, 'chromium_not_found', /missing, which is not a program.*apt-get install -y chromium-headless-shell/s);
  });

  it('should tell the last words of a program that ends at once', async () => {
    await using fake = await instead('ends', 'echo a reason >&2; exit 3');
    await failed(fake, 'launch_failed', /ended at its start, with exit code 3\..*a reason/s);
  });

  it('should say what to do about a machine that cannot sandbox pages', async () => {
    await using fake = await instead('no-sandbox', 'echo "No usable sandbox! Update your kernel" >&2; kill -TRAP $$');
    await failed(fake, 'launch_failed', /by SIGTRAP\. It found no way to sandbox its pages: .*CARREL_ALLOW_NO_SANDBOX=1/s);
  });

  it('should say that a program cannot be run at all', async () => {
    const path = join(scripts, 'no-interpreter');
    await writeFile(path, '#!/no/such/interpreter\n', { mode: 0o755 });
    await using fake = await testProcess({ 'headless-shell': path });
    await failed(fake, 'launch_failed', /no-interpreter|ENOENT|exit code 12[67]/);
  });

  it('should give up on a program that says nothing, and leave it not running', async () => {
    await using fake = await instead('hangs', 'exec sleep 1000');
    await failed(fake, 'launch_failed', /did not answer within 0\.3 s/, { startTimeoutMs: 300 });
  });

  it('should not take a slow start for idleness', async () => {
    await using fake = await instead('hangs', 'exec sleep 1000');
    await failed(fake, 'launch_failed', /did not answer within 0\.4 s/, { startTimeoutMs: 400, idleTimeoutMs: 100 });
  });

  it('should give up on a program that answers with rubbish', async () => {
    await using fake = await instead('rubbish', `printf 'no JSON\\0{"id":"x"}\\0{"id":1000000001}\\0' >&4; exec sleep 1000`);
    await failed(fake, 'launch_failed', /did not start: Chromium refused|did not answer within/, { startTimeoutMs: 300 });
  });

  it('should end as failed when its first page does not take its identity, whether it could be used already or not', async () => {
    await using real = await testProcess();
    const { isolation, ...rest } = real;
    const misread = wallsWith(isolation, {
      // It stands in the user agent, where Chromium has no line ends.
      chromium: async (kind) => ({ ...(await isolation.chromium(kind)), version: '156\n.0.0.1' }),
    });
    await using opened = open({ isolation: misread, ...rest });
    const { browser, started } = opened;
    await started.catch((error: unknown) => expect(error).toMatchObject({ code: 'launch_failed' }));
    await browser.ended;
    const message = expect.stringMatching(/did not start: Emulation\.setUserAgentOverride: .*userAgent/);
    expect(browser).toMatchObject({ status: 'failed', reason: { code: 'launch_failed', message } });
    await expectNothingLeft(opened.isolated());
  });

  it('should be closed when it is told to while it starts', async () => {
    for (const fake of [await instead('hangs', 'exec sleep 1000'), await testProcess()]) {
      await using held = fake;
      await using opened = open(held);
      const { browser, started, events } = opened;
      await browser.close();
      await expect(started).rejects.toMatchObject({ code: 'browser_not_running', details: { status: expect.stringMatching(/^clos/) } });
      await browser.ended;
      expect(browser).toMatchObject({ status: 'closed', reason: { code: 'closed_by_client' } });
      expect(typesOf(events)).toEqual(['browser.starting', 'browser.closing', 'browser.closed']);
      await expectNothingLeft(opened.isolated());
    }
  });

  it('should let nobody in before it runs', async () => {
    await using fake = await instead('hangs', 'exec sleep 1000');
    await using opened = open(fake);
    await expect(opened.browser.use(async () => {})).rejects.toMatchObject({
      code: 'browser_not_running',
      message: expect.stringContaining('has not started yet'),
    });
    await expect(connect(opened.browser)).rejects.toMatchObject({ code: 'browser_not_running', details: { status: 'starting' } });
    await opened.browser.close();
  });
});
