import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openPrivately } from './open-privately.js';

const URL_WITH_CODE = 'http://127.0.0.1:7070/sign-in#code=a"one-time&secret';
/** Says what it was started with, and who may read the file. */
const OPENER = `#!/bin/sh
file="\${1#file://}"
{ echo "$@"; stat -c %a "$file" "$(dirname "$file")"; cat "$file"; } > "$HOME/said.part"
mv "$HOME/said.part" "$HOME/said"
`;

it.runIf(process.platform === 'linux')(
  'should give the secret to nobody who sees which programs run, and leave nothing behind',
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'carrel-home-'));
    try {
      const opener = join(home, 'opener');
      await writeFile(opener, OPENER);
      await chmod(opener, 0o700);
      const opening = openPrivately(opener, URL_WITH_CODE, { ...process.env, HOME: home }, 1_000);
      const said = () => readFile(join(home, 'said'), 'utf8').catch(() => '');
      await expect.poll(said, { timeout: 10_000 }).not.toBe('');
      const [started, ofFile, ofDirectory, ...page] = (await said()).split('\n');
      expect(started).toMatch(/^file:\/\/\S+\/index\.html$/);
      expect([ofFile, ofDirectory]).toEqual(['600', '700']);
      expect(page.join('\n')).toContain('content="0; url=http://127.0.0.1:7070/sign-in#code=a&#34;one-time&#38;secret"');
      expect(await opening).toBe(true);
      expect(await readdir(home)).toEqual(['opener', 'said']);
      expect(await openPrivately(join(home, 'none'), URL_WITH_CODE, { HOME: home })).toBe(false);
      expect(await readdir(home)).toEqual(['opener', 'said']);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  },
);
