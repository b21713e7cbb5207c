import type { Server } from 'node:http';
import type { BrowserKind } from '@carrel/protocol';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestIsolation, testProcess, testSandbox } from '../../testing/launch.js';
import { run } from '../../testing/running-browser.js';
import { scaled } from '../../testing/scale.js';
import { type Fingerprint, fingerprintOf, fingerprintSite, fingerprintsOf } from '../testing/fingerprint.js';
import { type RenderingVariant, renderingOf, renderingVariants } from './index.js';

const KINDS: BrowserKind[] = ['headless-shell', 'chromium'];
const isProof = scaled(false, true);
const MATRIX_TIMEOUT_MS = isProof ? 900_000 : 60_000;

const visitors = (fingerprints: Fingerprint[]) => new Set(fingerprints.map(({ visitorId }) => visitorId));
const texts = (fingerprints: Fingerprint[]) => new Set(fingerprints.map(({ canvasText }) => canvasText));

describe.each(KINDS)('FingerprintJS in a %s', (kind) => {
  let sandboxes: TestIsolation;
  let processes: TestIsolation;
  let site: Server;
  beforeAll(async () => {
    [sandboxes, processes] = await Promise.all([testSandbox(), testProcess()]);
    site = fingerprintSite();
  });
  afterAll(async () => {
    await Promise.all([sandboxes[Symbol.asyncDispose](), processes[Symbol.asyncDispose]()]);
  });

  const launch = (isolation: TestIsolation, { flags, fontConfiguration }: RenderingVariant) =>
    run(isolation, kind, { flags, fontConfiguration, acceptEgress: (socket) => site.emit('connection', socket) });

  /** One browser each, two at once. */
  async function fingerprintEach(variants: readonly RenderingVariant[]): Promise<Fingerprint[]> {
    const limit = pLimit(2);
    const found = variants.map((variant) =>
      limit(async () => {
        await using browser = await launch(sandboxes, variant);
        return await fingerprintOf(browser);
      }),
    );
    await Promise.allSettled(found); // so that no browser outlives the test when another has failed
    return await Promise.all(found);
  }

  it('should see one visitor in the page, in a frame and in a popup, in every browser and behind all walls, for one seed', async () => {
    const found: Fingerprint[] = [];
    const foreign: Fingerprint[] = [];
    for (const isolation of [sandboxes, sandboxes, processes]) {
      await using browser = await launch(isolation, renderingOf('one identity', kind));
      const { page, frame, popup, foreignFrame } = await fingerprintsOf(browser);
      found.push(page, frame, popup);
      foreign.push(foreignFrame);
    }
    expect(visitors(found).size).toBe(1);
    expect(texts([...found, ...foreign]).size).toBe(1);
  });

  const itOverMany = it.runIf(isProof || kind === 'headless-shell');

  itOverMany(
    'should see nearly as many visitors in unrelated browsers as chance has given them variants',
    async () => {
      const variants = Array.from({ length: isProof ? 50 : 4 }, (_, index) => renderingOf(`unrelated ${index}`, kind));
      const found = await fingerprintEach(variants);
      // Where a font is missing, variants that differ only in it are the same.
      expect(visitors(found).size).toBeGreaterThan(0.8 * new Set(variants.map(({ id }) => id)).size);
    },
    MATRIX_TIMEOUT_MS,
  );

  itOverMany(
    'should read back at least thirty different texts from canvases, over all variants',
    async () => {
      // Every third has each way of drawing once, and all font sets, which change no drawing, in turn.
      const ways = renderingVariants(kind).filter((_, index) => index % 3 === 0);
      const variants = isProof ? ways : ways.filter((_, index) => index % 24 === 0);
      const found = texts(await fingerprintEach(variants)).size;
      console.log(`${kind}: ${found} distinct FingerprintJS canvas texts of ${variants.length} variants`);
      if (isProof) expect(found).toBeGreaterThanOrEqual(30);
      else expect(found).toBe(variants.length);
    },
    MATRIX_TIMEOUT_MS,
  );
});
