import { join } from 'node:path';
import type { Carrel } from '@carrel/sdk';
import { takePicture } from './picture.js';
import { DemonstrationFailed, type Stage } from './stage.js';

export interface VisitOptions {
  readonly client: Carrel;
  readonly url: string;
  readonly stage: Stage;
  readonly artifactsDirectory: string;
}

/** How many lines of what an agent sees are shown. */
const LINES_SHOWN = 8;

/**
 * Opens a page of the caller's choice, observes it and takes a picture.
 *
 * @throws {DemonstrationFailed} when the page cannot be reached, saying why
 */
export async function visit({ client, url, stage, artifactsDirectory }: VisitOptions): Promise<void> {
  stage.heading('A page of yours', url);
  await using browser = await stage.step('Open a browser', () => client.browsers.open());
  const gone = await stage.step('goto', async (tell) => {
    const result = await browser.execute({ type: 'goto', url });
    if (!result.success) throw new DemonstrationFailed(`${url} could not be reached. ${result.message}`);
    tell(`“${result.title}”`);
    return result;
  });
  const { snapshot } = await stage.step('observe', async (tell) => {
    const observation = await browser.observe();
    tell(`${observation.elements.length} elements, snapshot of ${observation.snapshot.length} characters`);
    return observation;
  });
  for (const line of snapshot.split('\n').slice(0, LINES_SHOWN)) stage.note(line);
  const { hostname } = new URL(gone.url);
  await takePicture(browser, join(artifactsDirectory, `${hostname.replace(/[^\w.-]/g, '_') || 'page'}.png`), stage);
}
