import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OriginContents } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS_IN_PROOF } from '../../testing/scale.js';
import { type CanarySite, keep, startCanarySite } from '../testing/canary-site.js';
import { openKept } from '../testing/kept-browser.js';
import { surveyProfile } from './index.js';
import { originOfIdentifier, storageKeyText } from './storage-key.js';
import { surveyDirectory } from './survey.js';

const CANARY = 'canary';

const entriesOf = (contents: OriginContents | undefined) =>
  contents && {
    localStorage: contents.localStorage.entries,
    indexedDB: contents.indexedDB.entries,
    cacheStorage: contents.cacheStorage.entries,
    serviceWorkers: contents.serviceWorkers.entries,
    fileSystem: contents.fileSystem.entries,
  };

describe.each(KINDS_IN_PROOF)('a survey of what %s kept', (kind) => {
  let site: CanarySite;
  let root: string;
  let whole: string;
  let count = 0;
  const copy = async () => {
    const directory = join(root, String(count++));
    await cp(whole, directory, { recursive: true });
    return directory;
  };

  beforeAll(async () => {
    site = await startCanarySite();
    root = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    whole = join(root, 'whole');
    await using browser = await openKept(kind, whole);
    await browser.goto(site.origin('a'));
    await browser.evaluate(keep(CANARY));
    await browser.evaluate('localStorage.setItem("more", "€")');
    await browser.goto(site.origin('b'));
    await browser.evaluate('localStorage.setItem("only", "this")');
    await browser.goto(`${site.origin('b')}/?frame=${site.origin('a').replace('a.localhost', '127.0.0.1')}`);
    await browser.evaluateInFrame(keep('in a frame'));
  });
  afterAll(async () => {
    await site[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  it('should say how much each origin has of each kind, in frames of other sites and in buckets, too', async () => {
    const { origins } = await surveyProfile(whole);
    const of = (origin: string) => origins.find((contents) => contents.origin === origin);
    const [a, b] = [site.origin('a'), site.origin('b')];
    const framed = `${a.replace('a.localhost', '127.0.0.1')}^http://b.localhost`;
    expect(origins.map(({ origin }) => origin).sort()).toEqual([a, b, framed].sort());
    const everything = { localStorage: 1, indexedDB: 2, cacheStorage: 1, serviceWorkers: 1, fileSystem: 1 }; // one of the records is in a bucket
    expect(entriesOf(of(a))).toEqual({ ...everything, localStorage: 2 });
    expect(entriesOf(of(framed))).toEqual(everything);
    expect(entriesOf(of(b))).toEqual({ localStorage: 1, indexedDB: 0, cacheStorage: 0, serviceWorkers: 0, fileSystem: 0 });
    // Encoding bytes, names and values: canary=canary and more=€.
    expect(of(a)?.localStorage.bytes).toBe(7 + 7 + 5 + 3);
    expect(of(a)?.indexedDB.bytes).toBeGreaterThan(100_000);
    expect(of(a)?.serviceWorkers.bytes).toBeGreaterThan(100);
    expect(origins.map(({ bytes }) => bytes)).toEqual(origins.map(({ bytes }) => bytes).sort((x, y) => y - x));
    expect(readdirSync(whole).filter((name) => name.startsWith('buckets-'))).toEqual([]);
  });

  it.each([
    ['Local Storage/leveldb/CURRENT', 'localStorage'],
    ['Service Worker/Database/CURRENT', 'serviceWorkers'],
    ['File System/Origins/CURRENT', 'fileSystem'],
    ['WebStorage/QuotaManager', 'indexedDB'],
  ] as const)('should count as unknown what cannot be told when %s is damaged', async (path, kindOfIt) => {
    const directory = await copy();
    writeFileSync(join(directory, 'Default', path), 'nothing that makes sense');
    const { origins } = await surveyProfile(directory);
    expect(origins.find(({ origin }) => origin === 'unknown')?.[kindOfIt].bytes).toBeGreaterThan(0);
    expect(entriesOf(origins.find(({ origin }) => origin === site.origin('a')))).toBeDefined();
  });

  it('should neither follow links nor wait for pipes', async () => {
    for (const make of [(path: string) => symlinkSync('/', path), (path: string) => execFileSync(MAKE_PIPE, [path])]) {
      for (const path of [
        'Local Storage/leveldb',
        'IndexedDB',
        'Service Worker/CacheStorage',
        'WebStorage/QuotaManager',
        'File System/Origins',
      ]) {
        const directory = await copy();
        rmSync(join(directory, 'Default', path), { recursive: true });
        make(join(directory, 'Default', path));
        expect((await surveyProfile(directory)).origins.map(({ origin }) => origin)).toContain('unknown');
      }
    }
  });
});

const MAKE_PIPE = '/usr/bin/mkfifo';

describe('a survey', () => {
  it('should find nothing where nothing was kept', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    try {
      expect(surveyDirectory(directory)).toEqual([]);
      mkdirSync(join(directory, 'Default'));
      expect(await surveyProfile(directory)).toEqual({ origins: [] });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it.each([
    ['https_example.com_0', 'https://example.com'],
    ['http_a.localhost_8080', 'http://a.localhost:8080'],
    ['https_my_host.example_0', 'https://my_host.example'],
    ['http_[__1]_8080', 'http://[::1]:8080'],
    ['nonsense', 'unknown'],
  ])('should know from %s that it is %s', (identifier, origin) => expect(originOfIdentifier(identifier)).toBe(origin));

  it.each([
    ['https://a.example/', 'https://a.example'],
    ['https://a.example', 'https://a.example'],
    ['https://a.example/^0https://b.example', 'https://a.example^https://b.example'],
    ['https://a.example/^31', 'https://a.example^31'],
  ])('should write the storage key %s as %s', (serialized, text) => expect(storageKeyText(serialized)).toBe(text));
});
