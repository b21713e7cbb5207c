import { link, mkdir, readdir, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Drive, startDrive } from '../testing/drive.js';

const MAX_FILE_BYTES = 200_000;
let drive: Drive;
beforeAll(async () => {
  drive = await startDrive({ maxFileBytes: MAX_FILE_BYTES, maxFilesBytes: 300_000 });
});
afterAll(() => drive[Symbol.asyncDispose]());
beforeEach(async () => {
  const { files } = drive.browser.pages;
  for (const { name } of await files.list()) await files.delete(name);
});

async function* content(...chunks: (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk as string);
}
const read = async (name: string) => text((await drive.browser.pages.files.open(name)).stream);

describe('downloads', () => {
  it.each([
    ['an attachment, by its extended name', '#attachment', 'résumé.csv', 'a,b\n1,2\n', 'text/csv'],
    ['a blob', '#blob', 'from-blob.txt', 'blob content', 'text/plain'],
    ['a data: URL', '#data', 'from-data.txt', 'data content', 'text/plain'],
    ['a name in three scripts', '#unicode', 'отчёт 報告 تقرير.txt', 'text content', 'text/plain'],
  ])('should keep %s that a click starts', async (_, selector, name, body, mimeType) => {
    await drive.open('/downloads.html');
    const result = await drive.done({ type: 'download', selector });
    expect(result.file).toMatchObject({ name, kind: 'download', sizeBytes: Buffer.byteLength(body), mimeType });
    expect(result.changes.downloads).toMatchObject([{ name }]);
    expect(await drive.browser.pages.files.list()).toMatchObject([{ name }]);
    expect(await read(name)).toBe(body);
  });

  it.each([
    ['#attachment', 'résumé.csv'],
    ['#blob', 'from-blob.txt'],
  ])('should report the download that a plain click on %s starts', async (selector, name) => {
    await drive.open('/downloads.html');
    const result = await drive.done({ type: 'click', selector });
    expect(result.changes.downloads).toMatchObject([{ name }]);
    expect(result.message).toContain(`Downloaded "${name}"`);
  });

  it('should take from a name what leads elsewhere or shows it backwards', async () => {
    await drive.open('/downloads.html');
    const { file } = await drive.done({ type: 'download', selector: '#named' });
    expect(file?.name).toMatch(/pass_?fdp\.exe$/);
    expect(file?.name).not.toMatch(/[/\\\u202e]/);
  });

  it('should give a second download of one name a name of its own', async () => {
    await drive.open('/downloads.html');
    await drive.done({ type: 'download', selector: '#blob' });
    expect((await drive.done({ type: 'download', selector: '#blob' })).file?.name).toBe('from-blob (1).txt');
  });

  it('should fetch a URL with the cookies of the browser, and a data: URL', async () => {
    await drive.browser.pages.setCookies([{ name: 'session', value: 'abc', url: drive.site.origin }]);
    await drive.open('/form.html');
    const { file } = await drive.done({ type: 'download', url: `${drive.site.origin}/cookie` });
    expect(file).toMatchObject({ name: 'cookie.csv', mimeType: 'text/csv', url: `${drive.site.origin}/cookie` });
    expect(await read('cookie.csv')).toBe('cookie,session=abc');
    const data = await drive.done({ type: 'download', url: 'data:text/plain;base64,aGVsbG8=' });
    expect(await read(data.file?.name ?? '')).toBe('hello');
    expect((await drive.see()).metadata.url).toBe(`${drive.site.origin}/form.html`);
  });

  it('should say that a URL which is opened is a file', async () => {
    await drive.open('/form.html');
    const result = await drive.done({ type: 'goto', url: `${drive.site.origin}/attachment` });
    expect(result.message).toMatch(/file to download/);
    expect(result.changes.downloads).toMatchObject([{ name: 'résumé.csv' }]);
    expect(result.url).toBe(`${drive.site.origin}/form.html`);
  });

  it.each([
    ['leads to a page instead', { type: 'download', selector: '#page' } as const, /opened .*form\.html instead/],
    ['is cut off', { type: 'download', selector: '#broken' } as const, /failed/],
    ['is too large', { type: 'download', selector: '#endless' } as const, /larger than/],
  ])('should fail a download that %s', async (_, input, says) => {
    await drive.open('/downloads.html');
    const result = await drive.act(input);
    expect(result).toMatchObject({ success: false, failure: 'download_failed' });
    expect(result.message).toMatch(says);
    expect(await drive.browser.pages.files.list()).toEqual([]);
  });

  it.each([
    ['is not found', '/missing', /HTTP 404/],
    ['is too large', '/endless', /larger/],
    ['holds nothing', '/nothing', /nothing/],
    ['hangs up', '/cut', /broke it/],
  ])('should fail to fetch a URL that %s, and leave nothing', async (_, path, says) => {
    await drive.open('/form.html');
    const result = await drive.act({ type: 'download', url: drive.site.origin + path });
    expect(result).toMatchObject({ success: false, failure: 'download_failed' });
    expect(result.message).toMatch(says);
    expect(result.url).toBe(`${drive.site.origin}/form.html`);
    expect(await drive.browser.pages.files.list()).toEqual([]);
    // Chromium deletes what it had of it a moment after it says that it has stopped.
    await expect.poll(() => readdir(drive.browser.directories.downloads)).toEqual([]);
  });

  it('should still get downloads after a client that had turned them off has left', async () => {
    const { other, pages } = drive.browser;
    await other.send('Browser.setDownloadBehavior', { behavior: 'deny' });
    await other[Symbol.asyncDispose]();
    pages.clientLeft();
    await drive.open('/downloads.html');
    expect((await drive.done({ type: 'download', selector: '#blob' })).file?.name).toBe('from-blob.txt');
  });
});

describe('files', () => {
  it('should store, list, read, replace and delete files of any name', async () => {
    const { files } = drive.browser.pages;
    const name = '…عربي 文 👍 "quoted".tar.gz';
    expect(await files.put(name, content('one', 'two'))).toMatchObject({
      name,
      kind: 'upload',
      sizeBytes: 6,
      mimeType: 'application/gzip',
    });
    expect(await read(name)).toBe('onetwo');
    await files.put(name, content('three'));
    expect(await files.list()).toMatchObject([{ name, sizeBytes: 5 }]);
    expect(await read(name)).toBe('three');
    await files.put('empty', content());
    expect(await read('empty')).toBe('');
    await files.delete(name);
    await files.delete('empty');
    await expect(files.open(name)).rejects.toMatchObject({ code: 'not_found' });
    await expect(files.delete(name)).rejects.toMatchObject({ code: 'not_found' });
    expect(await readdir(drive.browser.directories.uploads)).toEqual([]);
  });

  it('should give the page an upload under its own name, and a download too', async () => {
    const { files } = drive.browser.pages;
    await files.put('naïve.txt', content('from disk'));
    await drive.open('/downloads.html');
    await drive.done({ type: 'download', selector: '#blob' });
    await drive.open('/form.html');
    await drive.done({ type: 'upload', selector: '#files', files: ['naïve.txt', 'from-blob.txt'] });
    await drive.until('window.uploads.files');
    expect(await drive.ask('window.uploads.files')).toEqual(['naïve.txt|text/plain|from disk', 'from-blob.txt|text/plain|blob content']);
    expect(await drive.act({ type: 'upload', selector: '#file', files: ['nowhere.txt'] })).toMatchObject({ failure: 'file_not_found' });
  });

  it.each(['..', '.', 'a/b', '../../etc/passwd', 'a\\b', 'a\0b', 'a\nb', '', 'x'.repeat(256)])(
    'should refuse the name %j',
    async (name) => {
      await expect(drive.browser.pages.files.put(name, content('x'))).rejects.toMatchObject({ code: 'invalid_request' });
      await expect(drive.browser.pages.files.open(name)).rejects.toMatchObject({ code: 'not_found' });
      expect(await readdir(drive.browser.directories.uploads)).toEqual([]);
    },
  );

  it('should refuse more than a file or all files may have while it comes in, and forget what had come', async () => {
    const { files } = drive.browser.pages;
    const half = Buffer.alloc(150_000);
    await expect(files.put('large', content(half, half))).rejects.toMatchObject({ code: 'payload_too_large' });
    await files.put('a', content(half));
    await files.put('b', content(half));
    await expect(files.put('c', content('x'))).rejects.toMatchObject({ code: 'payload_too_large' });
    await files.delete('a');
    await files.put('c', content('x'));
    await expect(files.put('d', failing())).rejects.toThrow('hung up');
    expect((await files.list()).map(({ name }) => name)).toEqual(['b', 'c']);
  });

  it('should not put an upload in the place of a download', async () => {
    await drive.open('/downloads.html');
    await drive.done({ type: 'download', selector: '#blob' });
    await expect(drive.browser.pages.files.put('from-blob.txt', content('x'))).rejects.toMatchObject({ code: 'conflict' });
    expect(await read('from-blob.txt')).toBe('blob content');
  });

  it('should keep files from users who are neither we nor the browser', async () => {
    await drive.browser.pages.files.put('private', content('x'));
    const [directory = ''] = await readdir(drive.browser.directories.uploads);
    const { mode, uid } = await stat(join(drive.browser.directories.uploads, directory, 'private'));
    expect(mode & 0o077).toBe(0);
    expect(uid).toBe(drive.browser.browserUid ?? process.getuid?.());
  });

  // What a compromised browser can do to its own directory between a download's end and our reading of it.
  it.each([
    ['a symbolic link', (path: string, victim: string) => symlink(victim, path)],
    ['a hard link', (path: string, victim: string) => link(victim, path)],
    ['a file of somebody else', (path: string) => writeFile(path, 'not the browser’s')],
    ['a directory', (path: string) => mkdir(path)],
  ])('should not read %s in the place of a download', async (what, plant) => {
    await using own = await startDrive();
    // As an ordinary user we and the browser are the same, and everything here is ours.
    if (own.browser.browserUid === undefined && what.startsWith('a file')) return;
    await own.open('/downloads.html');
    await own.done({ type: 'download', selector: '#blob' });
    const { downloads, uploads } = own.browser.directories;
    const victim = join(uploads, 'victim');
    await writeFile(victim, 'secret of the host');
    const [guid = ''] = await readdir(downloads);
    await unlink(join(downloads, guid));
    await plant(join(downloads, guid), victim);
    await expect(own.browser.pages.files.open('from-blob.txt')).rejects.toMatchObject({ code: 'not_found' });
    expect(await own.act({ type: 'upload', selector: 'body', files: ['from-blob.txt'] }).catch((error: unknown) => error)).toMatchObject({
      code: 'not_found',
    });
  });
});

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('some');
  throw new Error('hung up');
}
