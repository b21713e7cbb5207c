import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS_IN_PROOF } from '../../testing/scale.js';
import { type CanarySite, startCanarySite } from '../testing/canary-site.js';
import { openKept } from '../testing/kept-browser.js';
import { appendToLevelDb, BYTEWISE_COMPARATOR, readLevelDb, writeLevelDb } from './index.js';

const DATABASE = 'Default/Local Storage/leveldb';
/** A value of localStorage as it is on the disk: Latin-1 if it can be. */
const latin1 = (text: string) => Buffer.from(`\x01${text}`, 'latin1');
const utf16 = (text: string) => Buffer.concat([Buffer.of(0), Buffer.from(text, 'utf16le')]);

describe.each(KINDS_IN_PROOF)('LevelDB of %s', (kind) => {
  let site: CanarySite;
  let root: string;
  const key = (name: string) => Buffer.concat([Buffer.from(`_${site.origin('a')}\0`), latin1(name)]);
  const values = (directory: string) => readLevelDb(join(directory, DATABASE), (_, value) => Buffer.from(value));

  beforeAll(async () => {
    site = await startCanarySite();
    root = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  });
  afterAll(async () => {
    await site[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  it('should read what was set, set again and removed in logs and in compressed tables as Chromium does', async () => {
    const directory = join(root, 'read');
    const rounds = 4;
    for (let round = 0; round < rounds; round += 1) {
      await using browser = await openKept(kind, directory);
      await browser.goto(site.origin('a'));
      await browser.evaluate(`for (let n = 0; n < 300; n++) localStorage.setItem('n' + n, n + '.${round}.' + 'é€'.repeat(2000));
        localStorage.setItem('gone${round}', ''); localStorage.removeItem('gone' + (${round} - 1))`);
    }
    const names = await readdir(join(directory, DATABASE));
    expect(names.some((name) => name.endsWith('.ldb'))).toBe(true);
    const found = values(directory);
    // Not what was written: Chromium itself loses large writes of its last moments.
    await using browser = await openKept(kind, directory);
    await browser.goto(site.origin('a'));
    const entries = (await browser.evaluate('Object.entries(localStorage)')) as [string, string][];
    expect(entries.length).toBeGreaterThan(300);
    for (const [name, value] of entries) {
      const expected = /^n\d/.test(name) ? utf16(value) : latin1(value);
      expect(found.get(key(name).toString('latin1'))?.equals(expected)).toBe(true);
    }
    expect([...found.keys()].filter((name) => name.startsWith('_'))).toHaveLength(entries.length);
  });

  it('should write a database that Chromium reads', async () => {
    const directory = join(root, 'write');
    writeLevelDb(join(directory, DATABASE), BYTEWISE_COMPARATOR, [
      { key: Buffer.from('VERSION'), value: Buffer.from('1') },
      { key: key('small'), value: latin1('canary') },
      { key: key('large'), value: utf16('€'.repeat(300_000)) },
    ]);
    await using browser = await openKept(kind, directory);
    await browser.goto(site.origin('a'));
    expect(await browser.evaluate('[localStorage.length, localStorage.small, localStorage.large === "€".repeat(300000)]')).toEqual([
      2,
      'canary',
      true,
    ]);
  });

  it('should change a database that Chromium wrote, and Chromium should go on with it', async () => {
    const directory = join(root, 'append');
    for (let round = 0; round < 3; round += 1) {
      await using browser = await openKept(kind, directory);
      await browser.goto(site.origin('a'));
      await browser.evaluate(
        `localStorage.setItem('kept', 'kept'); localStorage.setItem('changed', 'before'); localStorage.setItem('removed', '')`,
      );
    }
    appendToLevelDb(join(directory, DATABASE), [
      { key: key('changed'), value: latin1('between') },
      { key: key('removed') },
      { key: key('added'), value: latin1('added') },
    ]);
    appendToLevelDb(join(directory, DATABASE), [{ key: key('changed'), value: latin1('after') }]);
    {
      await using browser = await openKept(kind, directory);
      await browser.goto(site.origin('a'));
      expect(await browser.evaluate('({ ...localStorage })')).toEqual({ kept: 'kept', changed: 'after', added: 'added' });
      await browser.evaluate('localStorage.setItem("last", "last")');
    }
    const names = [...values(directory).keys()].filter((name) => name.startsWith('_'));
    expect(names.sort()).toEqual(['added', 'changed', 'kept', 'last'].map((name) => key(name).toString('latin1')));
  });
});
