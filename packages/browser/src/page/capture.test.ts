import { type PdfRequestInput, pdfRequest, type ScreenshotRequestInput, screenshotRequest } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Drive, element, startDrive } from './testing/drive.js';

let drive: Drive;
beforeAll(async () => {
  drive = await startDrive();
  await drive.open('/article.html');
});
afterAll(() => drive[Symbol.asyncDispose]());

const shoot = (input: ScreenshotRequestInput = {}) => drive.browser.pages.screenshot(screenshotRequest.parse(input));
const print = (input: PdfRequestInput = {}) => drive.browser.pages.pdf(pdfRequest.parse(input));
const pngSize = (bytes: Buffer) => [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];

describe('screenshot', () => {
  it.each([
    ['png', '89504e47'],
    ['jpeg', 'ffd8ff'],
    ['webp', '52494646'],
  ] as const)('should take a %s', async (format, magic) => {
    const { bytes, mimeType } = await shoot({ format });
    expect(mimeType).toBe(`image/${format}`);
    expect(bytes.toString('hex')).toMatch(new RegExp(`^${magic}`));
  });

  it('should show the viewport, the whole page up to what can be drawn, or one element', async () => {
    expect(pngSize((await shoot()).bytes)).toEqual([1280, 720]);
    const { ref } = element(await drive.see(), 'The keeper');
    const [width = 0, height = 0] = pngSize((await shoot({ ref })).bytes);
    expect(width).toBeLessThan(200);
    expect(height).toBeLessThan(40);
    await drive.open('/long');
    expect(pngSize((await shoot({ fullPage: true })).bytes)[1]).toBe(16_384);
    expect(pngSize((await shoot({ fullPage: true, maxSidePx: 1_000 })).bytes)).toEqual([1_000, 1_000]);
    expect(pngSize((await shoot({ selector: 'body', maxSidePx: 1_000 })).bytes)).toEqual([1_000, 1_000]);
    expect(pngSize((await shoot({ maxSidePx: 100 })).bytes)).toEqual([100, 100]);
    await drive.open('/widgets.html');
    const result = await drive.done({ type: 'screenshot', selector: '#bottom', format: 'webp', quality: 50 });
    expect(result.screenshot).toMatchObject({ format: 'webp' });
    expect(result.screenshot?.height).toBeLessThan(40);
    await drive.open('/article.html');
  });

  it('should say what is not there or cannot be had', async () => {
    await expect(shoot({ selector: '#nowhere', timeoutMs: 300 })).rejects.toMatchObject({ code: 'not_found' });
    await expect(shoot({ ref: 'e99999' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(drive.act({ type: 'screenshot', selector: 'h1', fullPage: true })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(drive.act({ type: 'screenshot', quality: 5 })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('pdf', () => {
  const boxOf = (pdf: Buffer) =>
    /MediaBox \[([\d .]+)\]/
      .exec(pdf.toString('latin1'))?.[1]
      ?.split(' ')
      .map((side) => Math.round(Number(side)));

  it('should print in the size asked for', async () => {
    expect(boxOf(await print())).toEqual([0, 0, expect.closeTo(595, -0.5), expect.closeTo(842, -0.5)]);
    expect(boxOf(await print({ format: 'Letter', landscape: true, marginMm: 0, scale: 0.5 }))).toEqual([
      0,
      0,
      expect.closeTo(792, -0.5),
      expect.closeTo(612, -0.5),
    ]);
    expect((await print({ pageRanges: '1' })).subarray(0, 5).toString()).toBe('%PDF-');
  });
});

describe('cookies', () => {
  it('should set and give cookies, and refuse those that Chromium does', async () => {
    const { pages } = drive.browser;
    const expires = Math.floor(Date.now() / 1000) + 3_600;
    await pages.setCookies([
      { name: 'a', value: '1', url: drive.site.origin },
      { name: 'b', value: 'ü', domain: '.example.com', path: '/p', expires, httpOnly: true, secure: true, sameSite: 'Lax' },
      { name: 'c', value: '3', domain: 'example.org', expires: -1 },
    ]);
    const cookies = await pages.getCookies();
    expect(cookies).toContainEqual({ name: 'a', value: '1', domain: '127.0.0.1', path: '/', expires: -1, httpOnly: false, secure: false });
    expect(cookies.find(({ name }) => name === 'b')).toMatchObject({
      domain: '.example.com',
      path: '/p',
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
      expires,
    });
    expect(cookies.find(({ name }) => name === 'c')).toMatchObject({ domain: 'example.org', path: '/', expires: -1 });
    await expect(pages.setCookies([{ name: '__Host-x', value: '1', domain: '.example.com' }])).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const insecure = { name: 'd', value: '4', url: drive.site.origin, sameSite: 'None' } as const;
    await expect(pages.setCookies([insecure, { ...insecure, name: 'e', secure: false }])).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('The cookie "d" is of sameSite "None" and not secure'),
      details: { names: ['d', 'e'] },
    });
    await pages.setCookies([{ ...insecure, secure: true }]);
    expect((await pages.getCookies()).map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'd']);
  });
});
