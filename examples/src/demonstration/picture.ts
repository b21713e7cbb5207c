import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Browser } from '@carrel/sdk';
import type { Stage } from './stage.js';

/** Writes a picture of what the browser shows, and gives its path. */
export async function takePicture(browser: Browser, path: string, stage: Stage): Promise<string> {
  return stage.step('Screenshot', async (tell) => {
    const bytes = await browser.screenshot();
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    tell(path);
    return path;
  });
}
