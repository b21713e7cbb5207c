import type { StorageState } from '@carrel/protocol';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../chromium/index.js';
import { type TestIsolation, testSandbox } from '../../testing/launch.js';
import { type Opened, open } from '../../testing/open-browser.js';
import { readStorage, TRANSFER_MESSAGE_BYTES, writeStorage } from './storage.js';
import { type LoginSite, startLoginSite } from './testing/login-site.js';
import { describeDatabase, evaluateAt, fillDatabase } from './testing/page-work.js';

type OriginState = StorageState['origins'][number];

const MAX_BYTES = 64 * 1024 * 1024;
const DATABASE = 'Größe "1"';
const describeIt = `(${describeDatabase})(${JSON.stringify(DATABASE)})`;

let isolation: TestIsolation;
let site: LoginSite;
beforeAll(async () => {
  isolation = await testSandbox();
  site = await startLoginSite();
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await isolation[Symbol.asyncDispose]();
});

async function started(): Promise<Opened> {
  const limits = { maxCdpMessageBytes: TRANSFER_MESSAGE_BYTES, maxFileBytes: 1, maxFilesBytes: 1 };
  const opened = open(isolation, { limits });
  await opened.started;
  return opened;
}

/** A Playwright without Carrel, as somebody has on their own machine. */
async function launchPlain() {
  const { executablePath } = await findChromium('headless-shell');
  return chromium.launch({ executablePath });
}

const origin = (state: Partial<OriginState> & { origin: string }): OriginState => ({ localStorage: [], ...state });
const store = (name: string, records: unknown[], options = {}) => ({
  name,
  autoIncrement: false,
  indexes: [],
  records: records as Record<string, unknown>[],
  ...options,
});
const database = (name: string, ...stores: ReturnType<typeof store>[]) => ({ name, version: 1, stores });

describe('the state of origins', () => {
  it('should move from plain Playwright into Carrel and out again with every value the same', async () => {
    const plain = await launchPlain();
    await using _plain = { [Symbol.asyncDispose]: () => plain.close() };
    const context = await plain.newContext();
    const page = await context.newPage();
    await page.goto(site.origin);
    await page.evaluate(fillDatabase);
    await page.evaluate(() => {
      localStorage.setItem('token', 'first');
      localStorage.setItem('length', 'a name that is also a property');
      localStorage.setItem('__proto__', 'another');
      localStorage.setItem('größe', 'lone \ud800');
    });
    const before = await page.evaluate(describeDatabase, DATABASE);
    const state = JSON.parse(JSON.stringify(await context.storageState({ indexedDB: true }))) as StorageState;

    await using opened = await started();
    await writeStorage(opened.browser, state.origins);
    expect(await evaluateAt(opened.browser, site.origin, describeIt)).toBe(before);
    expect(await evaluateAt(opened.browser, site.origin, 'localStorage.getItem("größe")')).toBe('lone \ud800');
    const { origins, warnings } = await readStorage(opened.browser, { origins: [site.origin], maxBytes: MAX_BYTES });
    expect(warnings).toEqual([]);

    const again = await plain.newContext({ storageState: JSON.parse(JSON.stringify({ cookies: [], origins })) });
    const other = await again.newPage();
    await other.goto(site.origin);
    expect(await other.evaluate(describeDatabase, DATABASE)).toBe(before);
    expect(await other.evaluate(() => Object.entries(localStorage).sort())).toEqual(
      await page.evaluate(() => Object.entries(localStorage).sort()),
    );
  });

  it('should carry what JSON has no words for, and what Playwright itself loses', async () => {
    const fill = `(async () => {
      const shared = { name: 'shared' };
      const circle = { first: shared, second: shared };
      circle.self = circle;
      const values = { circle, zero: [-0], late: new Date(NaN), sparse: [1, , 3],
        names: JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": "x", "toJSON": 2}') };
      const request = indexedDB.open(${JSON.stringify(DATABASE)});
      request.onupgradeneeded = () => {
        const store = request.result.createObjectStore('values');
        for (const [key, value] of Object.entries(values)) store.add(value, key);
      };
      await new Promise((resolve) => { request.onsuccess = resolve; });
      request.result.close();
    })()`;
    await using first = await started();
    await evaluateAt(first.browser, site.origin, fill);
    const { origins, warnings } = await readStorage(first.browser, { origins: [site.origin], maxBytes: MAX_BYTES });
    expect(warnings).toEqual([]);
    await using second = await started();
    await writeStorage(second.browser, JSON.parse(JSON.stringify(origins)));
    const describeAll = `(${describeDatabase})(${JSON.stringify(DATABASE)}).then((text) => text + ({}).polluted)`;
    const before = await evaluateAt(first.browser, site.origin, describeAll);
    // A hole in an array becomes a place that holds undefined.
    expect(await evaluateAt(second.browser, site.origin, describeAll)).toBe(
      String(before).replace('["0",["number","1"]],["2"', '["0",["number","1"]],["1",["undefined","undefined"]],["2"'),
    );
    const plain = await launchPlain();
    await using _plain = { [Symbol.asyncDispose]: () => plain.close() };
    await expect(plain.newContext({ storageState: { cookies: [], origins: origins as never } })).resolves.toBeDefined();
  });

  it('should leave out what the form cannot carry, name it, and bring the rest', async () => {
    await using opened = await started();
    const fill = `(async () => {
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']);
      const deep = []; for (let n = 0, inner = deep; n < 2000; n++) { inner.push([]); inner = inner[0]; }
      const request = indexedDB.open('mixed');
      request.onupgradeneeded = () => {
        const store = request.result.createObjectStore('values');
        store.add({ key }, 1);
        store.add({ kept: true }, 2);
        store.add(new Blob(['x']), 3);
        store.add({ list: [new Blob(['y'])] }, 4);
        store.add(deep, 5);
        store.add(new DataView(new ArrayBuffer(2)), 6);
      };
      await new Promise((resolve, reject) => { request.onsuccess = resolve; request.onerror = () => reject(request.error); });
      request.result.close();
      localStorage.setItem('a', 'b');
    })()`;
    await evaluateAt(opened.browser, site.origin, fill);
    const { origins, warnings } = await readStorage(opened.browser, { origins: [site.origin], maxBytes: MAX_BYTES });
    expect(origins[0]?.localStorage).toEqual([{ name: 'a', value: 'b' }]);
    expect(origins[0]?.indexedDB?.[0]?.stores[0]?.records).toEqual([{ key: 2, value: { kept: true } }]);
    const where = `${site.origin}, database "mixed", store "values": `;
    expect(warnings.map((warning) => warning.slice(0, warning.indexOf(', which'))).sort()).toEqual([
      `${where}1 record(s) with a CryptoKey`,
      `${where}1 record(s) with a DataView`,
      `${where}1 record(s) with a value that is nested very deeply`,
      `${where}2 record(s) with a Blob`,
    ]);
  });

  it('should carry 5 MB of localStorage and 10,000 records, and stop above its cap', { timeout: 90_000 }, async () => {
    const records = Array.from({ length: 10_000 }, (_, id) => ({ key: id, value: { id, text: `${id}`.repeat(200) } }));
    const large = origin({
      origin: site.origin,
      localStorage: [{ name: 'large', value: 'ä'.repeat(5_000_000) }],
      indexedDB: [database('large', store('records', records))],
    });
    await using opened = await started();
    await writeStorage(opened.browser, [large]);
    const read = await readStorage(opened.browser, { origins: [site.origin], maxBytes: MAX_BYTES });
    expect(read.warnings).toEqual([]);
    expect(read.origins[0]?.localStorage).toEqual(large.localStorage);
    expect(read.origins[0]?.indexedDB).toEqual(large.indexedDB);
    await expect(readStorage(opened.browser, { origins: [site.origin], maxBytes: 11_000_000 })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
  });

  it('should reach origins of all kinds that nobody can reach, without asking anybody', async () => {
    const names = [
      'https://example.com',
      'http://example.com',
      'https://example.com:8443',
      'http://127.0.0.1:9',
      'http://[::1]:8080',
      'https://xn--bcher-kva.example',
      'https://user.github.io',
      // On Chromium's list of hosts that are only spoken to over HTTPS.
      'http://accounts.google.com',
      site.origin,
      site.otherOrigin,
    ];
    const states = names.map((name, index) => origin({ origin: name, localStorage: [{ name: 'n', value: `${index}` }] }));
    await using opened = await started();
    site.hits.length = 0;
    await writeStorage(opened.browser, states);
    const read = await readStorage(opened.browser, { origins: [...names, 'https://empty.example'], maxBytes: MAX_BYTES });
    expect(read).toEqual({ origins: states, warnings: [] });
    expect(site.hits).toEqual([]);
    expect(opened.browser.network.totals).toMatchObject({ requests: 0, open: 0 });
  });

  it('should write the name of an origin in other letters as the browser does', async () => {
    await using opened = await started();
    await writeStorage(opened.browser, [origin({ origin: 'https://BÜCHER.example:443/', localStorage: [{ name: 'a', value: 'b' }] })]);
    const read = await readStorage(opened.browser, { origins: ['https://xn--bcher-kva.example'], maxBytes: MAX_BYTES });
    expect(read.origins).toEqual([origin({ origin: 'https://xn--bcher-kva.example', localStorage: [{ name: 'a', value: 'b' }] })]);
  });

  it('should not let the service worker of an origin answer, and leave it where it is', async () => {
    await using opened = await started();
    const register = `navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready).then(() => true)`;
    await evaluateAt(opened.browser, site.origin, register);
    await writeStorage(opened.browser, [origin({ origin: site.origin, localStorage: [{ name: 'mine', value: 'x' }] })]);
    const read = await readStorage(opened.browser, { origins: [site.origin], maxBytes: MAX_BYTES });
    expect(read.origins[0]?.localStorage).toEqual([{ name: 'mine', value: 'x' }]);
    // It does where nothing keeps it from it.
    expect(await evaluateAt(opened.browser, site.origin, 'localStorage.getItem("worker")')).toBe('was here');
  });

  it('should replace what it is given, and leave what else there is', async () => {
    await using opened = await started();
    const state = (items: Record<string, string>, ...databases: [name: string, value: string][]) =>
      origin({
        origin: site.origin,
        localStorage: Object.entries(items).map(([name, value]) => ({ name, value })),
        indexedDB: databases.map(([name, value]) => database(name, store(`store of ${value}`, [{ key: 1, value }]))),
      });
    await writeStorage(opened.browser, [state({ a: 'old', b: 'old' }, ['one', 'old'], ['two', 'old'])]);
    await writeStorage(opened.browser, [state({ b: 'new' }, ['two', 'new'])]);
    const read = await readStorage(opened.browser, { origins: [site.origin], maxBytes: MAX_BYTES });
    expect(read.origins).toEqual([state({ a: 'old', b: 'new' }, ['one', 'old'], ['two', 'new'])]);
  });
});

describe('hostile state', () => {
  const refused: [what: string, state: OriginState][] = [
    ['a version that is none', origin({ origin: 'https://a.example', indexedDB: [{ name: 'x', version: -1, stores: [] }] })],
    ['a key that is none', origin({ origin: 'https://a.example', indexedDB: [database('x', store('s', [{ key: {}, value: 1 }]))] })],
    ['two stores of one name', origin({ origin: 'https://a.example', indexedDB: [database('x', store('s', []), store('s', []))] })],
    ['a key path that is none', origin({ origin: 'https://a.example', indexedDB: [database('x', store('s', [], { keyPath: 'a b' }))] })],
    [
      'records that break an index',
      origin({
        origin: 'https://a.example',
        indexedDB: [
          database(
            'x',
            store(
              's',
              [
                { key: 1, value: { a: 1 } },
                { key: 2, value: { a: 1 } },
              ],
              { indexes: [{ name: 'a', keyPath: 'a', unique: true, multiEntry: false }] },
            ),
          ),
        ],
      }),
    ],
    ...[
      { ta: { k: 'constructor', b: '' } },
      { ta: { k: 'ui16', b: 'AAAA' } },
      { ab: { b: 'not base64!' } },
      { ref: 7 },
      { fn: '__pw_fn_x' },
      { h: 0 },
      { v: 'constructor' },
      { o: 'x', id: 1 },
      { bi: 'x' },
      { r: { p: '(', f: 'zz' } },
      {},
    ].map((valueEncoded): [string, OriginState] => [
      `the value ${JSON.stringify(valueEncoded)}`,
      origin({ origin: 'https://a.example', indexedDB: [database('x', store('s', [{ key: 1, valueEncoded }]))] }),
    ]),
    ['more than localStorage takes', origin({ origin: 'https://a.example', localStorage: [{ name: 'a', value: 'x'.repeat(6_000_000) }] })],
  ];
  it('should be refused with its place named, and the browser should go on', async () => {
    await using opened = await started();
    for (const [what, state] of refused) {
      const outcome = await writeStorage(opened.browser, [state]).catch((error: unknown) => error);
      expect(outcome, what).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('https://a.example') });
    }
    await writeStorage(opened.browser, [origin({ origin: 'https://a.example', localStorage: [{ name: 'a', value: 'b' }] })]);
  });

  it('should be no script, whatever is in it', async () => {
    await using opened = await started();
    const nasty = JSON.parse('{"__proto__": {"polluted": true}, "x": "</script>\\u2028`\\");throw 1//"}') as unknown;
    const state = origin({
      origin: 'https://a.example',
      localStorage: [{ name: '")});throw 1;//', value: '`); throw 1; //' }],
      indexedDB: [database('"); throw 1; //', store('`', [{ key: '</script>', value: nasty }]))],
    });
    await writeStorage(opened.browser, [state]);
    const read = await readStorage(opened.browser, { origins: [state.origin], maxBytes: MAX_BYTES });
    expect(read.origins[0]?.localStorage).toEqual(state.localStorage);
    const [record] = read.origins[0]?.indexedDB?.[0]?.stores[0]?.records ?? [];
    expect(JSON.stringify(record?.valueEncoded)).toContain('{"k":"__proto__","v":{"o":[{"k":"polluted","v":true}]');
  });

  it('should be refused when it is nested deeper than a stack goes', async () => {
    await using opened = await started();
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    for (const record of [
      { key: 1, value: deep },
      { key: 1, valueEncoded: { a: deep, id: 1 } },
    ]) {
      const state = origin({ origin: 'https://a.example', indexedDB: [database('x', store('s', [record]))] });
      await expect(writeStorage(opened.browser, [state])).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  it('should tell that the browser died meanwhile', async () => {
    await using opened = await started();
    await opened.isolated().kill();
    await expect(writeStorage(opened.browser, [origin({ origin: 'https://a.example' })])).rejects.toMatchObject({
      code: expect.stringMatching(/^browser_(crashed|not_running)$/),
    });
  });
});
