import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CarrelError } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CdpSession } from '../../cdp/index.js';
import { type TestIsolation, testSandbox } from '../../testing/launch.js';
import { open } from '../../testing/open-browser.js';
import type { KeptCookie } from '../state.js';
import { fromPlaywrightCookies, parseNetscape, toCookiesToSet, toNetscape, toPlaywrightCookies } from './cookies.js';
import { startLoginSite } from './testing/login-site.js';

const run = promisify(execFile);
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);
const IN_2040 = 2_208_988_800;

const cookie = (given: Partial<KeptCookie>): KeptCookie => ({
  name: 'a',
  value: 'b',
  domain: 'example.com',
  path: '/',
  expires: IN_2040,
  httpOnly: false,
  secure: false,
  changedAtMs: 0,
  ...given,
});

function refusalOf(text: string): CarrelError {
  try {
    parseNetscape(text);
  } catch (error) {
    if (error instanceof CarrelError) return error;
  }
  throw new Error('it was taken');
}

describe('cookies.txt', () => {
  it('should be read whatever wrote it: CRLF, comments, blank lines, a mark of byte order, no value', () => {
    const text = [
      '\ufeff# Netscape HTTP Cookie File',
      '',
      '.example.com\tTRUE\t/\tTRUE\t2208988800\tsid\ta=b; "c"',
      '#HttpOnly_example.com\tFALSE\t/path\tFALSE\t0\tsession\tx',
      '# a comment\twith\ttabs\tand\tmore\tof\tthem',
      'Example.org\ttrue\t/\tfalse\t2208988800.5\ttail\ty',
      'example.net\tFALSE\t/\tFALSE\t\tno-expiry\tz',
      'example.net\tFALSE\t/\tFALSE\t-1\tminus\tz',
      'example.net\tFALSE\t/\tFALSE\t0\tempty\t',
      'example.net\tFALSE\t/\tFALSE\t0\tabsent',
      '   ',
    ].join('\r\n');
    const expected = [
      { name: 'sid', value: 'a=b; "c"', domain: '.example.com', secure: true, expires: IN_2040, httpOnly: false, path: '/' },
      { name: 'session', value: 'x', domain: 'example.com', secure: false, expires: -1, httpOnly: true, path: '/path' },
      { name: 'tail', value: 'y', domain: '.Example.org', secure: false, expires: IN_2040 + 0.5, httpOnly: false, path: '/' },
      ...['no-expiry:z', 'minus:z', 'empty:', 'absent:'].map((pair) => ({
        name: pair.split(':')[0],
        value: pair.split(':')[1],
        ...{ domain: 'example.net', secure: false, expires: -1, httpOnly: false, path: '/' },
      })),
    ];
    expect(parseNetscape(text)).toEqual(expected);
    expect(parseNetscape(text.replaceAll('\r\n', '\n'))).toEqual(expected);
  });

  it('should be refused with the number of the line that is not right, and not a word of it', () => {
    const good = 'example.com\tFALSE\t/\tFALSE\t0\tname\tvalue';
    const wrong = [
      'example.com FALSE / FALSE 0 name SECRET',
      'example.com\tFALSE\t/\tFALSE\t0\tname\tSECRET\tmore',
      'example.com\tMAYBE\t/\tFALSE\t0\tname\tSECRET',
      'example.com\tFALSE\t/\t1\t0\tname\tSECRET',
      'example.com\tFALSE\tpath\tFALSE\t0\tname\tSECRET',
      'example.com\tFALSE\t/\tFALSE\tnever\tname\tSECRET',
      'example.com\tFALSE\t/\tFALSE\t0\t\tSECRET',
      '.\tTRUE\t/\tFALSE\t0\tname\tSECRET',
      '\tFALSE\t/\tFALSE\t0\tname\tSECRET',
      `example.com\tFALSE\t/\tFALSE\t0\tname\t${'SECRET'.repeat(1000)}`,
      '{"cookies": ["SECRET"]}',
      '#HttpOnly_SECRET',
    ];
    for (const line of wrong) {
      const error = refusalOf(`# header\n${good}\n\n${line}\n${good}\n`);
      expect(error, line).toMatchObject({ code: 'invalid_request', details: { line: 4 } });
      expect(JSON.stringify([error.message, error.details])).not.toContain('SECRET');
    }
    expect(refusalOf('# only a comment\n')).toMatchObject({ code: 'invalid_request' });
  });

  it('should be what it was when it is written and read again', () => {
    const cookies = [
      cookie({ domain: '.example.com', httpOnly: true, secure: true, value: 'a "quoted", value=1' }),
      cookie({ name: '__Host-x', secure: true, expires: -1, value: '' }),
    ];
    expect(parseNetscape(toNetscape(cookies).value)).toEqual(toCookiesToSet(cookies).value);
  });

  it('should say what it cannot carry', () => {
    const partitioned = cookie({ partitionKey: { topLevelSite: 'https://other.example', hasCrossSiteAncestor: true } });
    const cookies = [cookie({}), partitioned, cookie({ name: '' }), cookie({ value: 'a\tb' })];
    const { value, warnings } = toNetscape(cookies);
    expect(parseNetscape(value)).toHaveLength(1);
    expect(warnings).toHaveLength(3);
    expect(toCookiesToSet(cookies).value).toHaveLength(2);
    expect(toCookiesToSet(cookies).warnings).toHaveLength(2);
    expect(fromPlaywrightCookies(toPlaywrightCookies(cookies))).toMatchObject(cookies.map(({ changedAtMs: _, ...rest }) => rest));
  });
});

describe('cookies that move', () => {
  let isolation: TestIsolation;
  let directory: string;
  beforeAll(async () => {
    isolation = await testSandbox();
    directory = await mkdtemp(join(tmpdir(), 'carrel-cookies-'));
  });
  afterAll(async () => {
    await isolation[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it.runIf(hasCurl)('should go from curl into a browser and back to curl', async () => {
    await using site = await startLoginSite();
    const jar = join(directory, 'jar.txt');
    await run('curl', ['-sS', '-o', '/dev/null', '-c', jar, `${site.origin}/set-cookies`]);
    const fromCurl = parseNetscape(await readFile(jar, 'utf8'));
    expect(fromCurl.map(({ name, value, httpOnly, expires }) => [name, value, httpOnly, expires === -1]).sort()).toEqual([
      ['kept', 'one two=3', false, false],
      ['session', 's3cret', true, true],
    ]);

    await using opened = open(isolation);
    await opened.started;
    await opened.browser.use((pages) => pages.setCookies(fromCurl));
    const cookies = (await opened.browser.use((pages) => pages.getCookies())).map((one) => cookie(one));
    await writeFile(jar, toNetscape(cookies).value);
    const { stdout } = await run('curl', ['-sS', '-b', jar, `${site.origin}/show-cookies`]);
    expect(stdout.split('; ').sort()).toEqual(['kept=one two=3', 'session=s3cret']);
  });

  it('should keep a site within another apart, in the form of Playwright', async () => {
    const cookies = [
      cookie({
        name: 'in',
        secure: true,
        sameSite: 'None',
        partitionKey: { topLevelSite: 'https://top.example', hasCrossSiteAncestor: true },
      }),
      cookie({ name: 'out', secure: true, sameSite: 'None' }),
    ];
    await using opened = open(isolation);
    await opened.started;
    await opened.browser.use((pages) => pages.setCookies(fromPlaywrightCookies(toPlaywrightCookies(cookies))));
    await using client = await CdpSession.open({ attach: (endpoint) => opened.browser.attachClient(endpoint) });
    const { cookies: set } = await client.send('Storage.getCookies', {});
    expect(set.map(({ name, partitionKey }) => [name, partitionKey]).sort()).toEqual([
      ['in', { topLevelSite: 'https://top.example', hasCrossSiteAncestor: true }],
      ['out', undefined],
    ]);
  });
});
