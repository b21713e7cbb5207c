import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Carrel } from '@carrel/sdk';
import { describe, expect, it } from 'vitest';
import { dataDirectory, startServerProcess } from '../running/server-process.js';

const BIN = fileURLToPath(new URL('../../../packages/cli/bin/carrel.js', import.meta.url));
/** Runs what follows in a mount namespace of its own, in which bubblewrap is no program. */
const WITHOUT_BUBBLEWRAP = ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', 'mount --bind /dev/null /usr/bin/bwrap && exec "$@"', 'sh'];
const canHide = process.getuid?.() === 0 && spawnSync('/usr/bin/unshare', [...WITHOUT_BUBBLEWRAP.slice(1), '/bin/true']).status === 0;

describe.runIf(canHide)('On a machine without bubblewrap', () => {
  it('should open browsers at the level process and say why, and none for an operator who demands a sandbox', async () => {
    await using data = await dataDirectory();
    {
      await using server = await startServerProcess(data.path, {}, { by: WITHOUT_BUBBLEWRAP });
      await using browser = await new Carrel({ url: server.url, apiKey: server.apiKey }).browsers.open();
      expect(browser.info.isolation).toMatchObject({
        level: 'process',
        reasons: [expect.stringMatching(/^bubblewrap is not installed\. .*apt-get/)],
      });
      expect(await browser.execute({ type: 'evaluate', expression: '1 + 1' })).toMatchObject({ value: 2 });
    }
    await using strict = await startServerProcess(data.path, { CARREL_MIN_ISOLATION: 'sandbox' }, { by: WITHOUT_BUBBLEWRAP });
    const client = new Carrel({ url: strict.url, apiKey: strict.apiKey });
    await expect(client.browsers.open({}, { maxRetries: 0 })).rejects.toMatchObject({
      code: 'isolation_unavailable',
      status: 503,
      message: expect.stringMatching(/demands sandbox.*only do process: bubblewrap is not installed/),
      details: { level: 'process', floor: 'sandbox' },
    });
    expect(await client.browsers.list().all()).toHaveLength(1);
  }, 60_000);

  it('should be told by the doctor, with the command that mends it', () => {
    const doctor = (env: NodeJS.ProcessEnv) => {
      const [command = '', ...args] = [...WITHOUT_BUBBLEWRAP, process.execPath, BIN, 'doctor', '--json'];
      const { stdout } = spawnSync(command, args, { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } });
      return (JSON.parse(stdout) as { name: string; status: string }[]).find(({ name }) => name === 'isolation');
    };
    const told = { message: expect.stringContaining('level process'), mend: expect.stringContaining('apt-get install -y bubblewrap') };
    expect(doctor({})).toMatchObject({ status: 'warn', ...told });
    expect(doctor({ CARREL_MIN_ISOLATION: 'sandbox' })).toMatchObject({ status: 'fail', ...told });
  }, 60_000);
});
