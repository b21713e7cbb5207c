import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MasterKeys } from './master-keys.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'carrel-test-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const path = () => join(dataDir, 'master.key');
const load = (...given: Buffer[]) => MasterKeys.load(dataDir, given.length === 0 ? undefined : given);

describe('MasterKeys', () => {
  it('should make a key once, read the form of one line, and refuse a file that holds none', async () => {
    const first = await load();
    expect((await load()).ids).toEqual(first.ids);
    expect(readFileSync(path(), 'latin1')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
    expect((await load(Buffer.alloc(32))).ids).not.toEqual(first.ids);
    for (const text of ['short', '', `${Buffer.alloc(32).toString('base64')}\nshort`, `${Buffer.alloc(32).toString('base64')} soon`]) {
      writeFileSync(path(), text);
      await expect(load(), text).rejects.toMatchObject({ code: 'internal' });
    }
  });

  it('should open what was made with any of the keys, and make with the first', async () => {
    const [old, young] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const [before, both, after] = [await load(old), await load(young, old), await load(young)];
    const sealed = before.seal('idempotency-response', 'c', Buffer.from('text'));
    const hash = before.hash('idempotency-request', 'text');
    const token = before.cdpToken('br_1');
    const wrapped = before.wrap('pf_1', Buffer.alloc(32, 9));
    expect(both.unseal('idempotency-response', 'c', sealed).toString()).toBe('text');
    expect(both.isHash('idempotency-request', 'text', hash)).toBe(true);
    expect([both.isCdpToken('br_1', token), both.isCdpToken('br_2', token)]).toEqual([true, false]);
    expect(both.unwrap('pf_1', wrapped)).toEqual(Buffer.alloc(32, 9));
    expect(both.wrap('pf_1', Buffer.alloc(32)).masterKeyId).toBe(after.currentId);
    expect(after.isCdpToken('br_1', token)).toBe(false);
    expect(() => after.unseal('idempotency-response', 'c', sealed)).toThrow('cannot be decrypted');
    expect(() => after.unwrap('pf_1', wrapped)).toThrow(expect.objectContaining({ code: 'profile_key_missing' }));
    expect(() => both.unwrap('pf_2', wrapped)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it('should put a new key first, in the file and at once, and keep the earlier ones', async () => {
    const keys = await load();
    const [first] = keys.ids;
    await keys.renew();
    expect(keys.ids).toEqual([keys.currentId, first]);
    expect(keys.currentId).not.toBe(first);
    expect((await load()).ids).toEqual(keys.ids);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['master.key']);
  });

  it('should drop an earlier key a day after its retirement, unless a profile needs it or an operator wrote it', async () => {
    const line = (byte: number, retired = '') => `${Buffer.alloc(32, byte).toString('base64')}${retired}\n`;
    const dayAgo = ` ${new Date(Date.now() - 24 * 3_600_000 - 1).toISOString()}`;
    const hourAgo = ` ${new Date(Date.now() - 3_600_000).toISOString()}`;
    writeFileSync(path(), [line(1), line(2, hourAgo), line(3, dayAgo), line(4, dayAgo), line(5)].join(''));
    const keys = await load();
    const [current, young, needed, over, manual] = keys.ids;
    expect(await keys.dropRetired(async (id) => id === needed)).toEqual([over]);
    expect(keys.ids).toEqual([current, young, needed, manual]);
    expect((await load()).ids).toEqual(keys.ids);
  });
});
