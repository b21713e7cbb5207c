import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overlayLocalStorage } from '../overlay/index.js';
import { surveyProfile } from '../survey/index.js';
import { runInThread } from './index.js';

/** Where the buckets should be, rows without end. */
const ENDLESS = `CREATE VIEW buckets AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)
  SELECT max(id) AS id, 'https://a.example/' AS storage_key, '_default' AS name FROM n`;

describe('a thread that reads what browsers kept', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    await overlayLocalStorage(join(root, 'good'), [{ storageKey: 'https://a.example/', entries: [['a', 'b']] }], Date.now());
    await overlayLocalStorage(join(root, 'endless'), [{ storageKey: 'https://a.example/', entries: [['a', 'b']] }], Date.now());
    mkdirSync(join(root, 'endless/Default/WebStorage/1'), { recursive: true });
    const database = new sqlite.Database(join(root, 'endless/Default/WebStorage/QuotaManager'));
    database.exec(ENDLESS);
    database.close();
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('should be ended when a database is made to be read without end, and others should be read meanwhile and afterwards', async () => {
    const endless = runInThread('survey', [join(root, 'endless')], 1_500);
    const refused = expect(endless).rejects.toMatchObject({ code: 'profile_damaged', message: expect.stringContaining('longer than') });
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    const origins = async () => (await surveyProfile(join(root, 'good'))).origins.map(({ origin }) => origin);
    for (let n = 0; n < 3; n++) expect(await origins()).toEqual(['https://a.example']);
    await refused;
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
    for (let n = 0; n < 3; n++) expect(await origins()).toEqual(['https://a.example']);
  });

  it('should pass on what is wrong, and do the next job', async () => {
    await expect(
      runInThread('overlay', [join(root, 'good/none/\0'), [{ storageKey: 'https://a.example/', entries: [] }], 1], 5_000),
    ).rejects.toThrow();
    await expect(
      runInThread('merge', [null, { directory: root, savedAtMs: 1 }, { directory: root, savedAtMs: 1 }], 5_000),
    ).resolves.toBeUndefined();
  });
});
