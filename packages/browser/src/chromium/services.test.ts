import type { BrowserKind } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestIsolation, testSandbox } from '../testing/launch.js';
import { ofType, treeOf } from '../testing/processes.js';
import { type RunningBrowser, run } from '../testing/running-browser.js';
import { commandLine } from './process-tree.js';

const KINDS: BrowserKind[] = ['headless-shell', 'chromium'];

/** Records what is drawn on a canvas, plays it, and returns the colour of what is shown. */
const PLAY_VIDEO = `(async () => {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  const draw = () => { context.fillStyle = '#0000ff'; context.fillRect(0, 0, canvas.width, canvas.height); };
  const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm;codecs=vp8' });
  const chunks = new Promise((resolve) => { recorder.ondataavailable = ({ data }) => { if (data.size > 0) resolve(data); }; });
  const drawing = setInterval(draw, 10);
  recorder.start(100);
  const recorded = await chunks;
  recorder.stop();
  clearInterval(drawing);
  const video = document.createElement('video');
  video.muted = true;
  video.src = URL.createObjectURL(recorded);
  await new Promise((resolve, reject) => {
    video.requestVideoFrameCallback(resolve);
    video.onerror = () => reject(video.error);
    video.play();
  });
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(video, 0, 0);
  return [...context.getImageData(5, 5, 1, 1).data].map((value) => value > 128);
})()`;

const DRAW_WEBGL = `(() => {
  const canvas = document.createElement('canvas');
  const gl = canvas.getContext('webgl2');
  gl.clearColor(1, 0, 0, 1);
  gl.clear(gl.COLOR_BUFFER_BIT);
  const pixel = new Uint8Array(4);
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  const { UNMASKED_RENDERER_WEBGL } = gl.getExtension('WEBGL_debug_renderer_info');
  return { pixel: [...pixel], renderer: gl.getParameter(UNMASKED_RENDERER_WEBGL) };
})()`;

describe.each(KINDS)("A %s, with graphics and network in the browser's own process", (kind) => {
  let isolation: TestIsolation;
  let browser: RunningBrowser;
  beforeAll(async () => {
    isolation = await testSandbox();
    browser = await run(isolation, kind);
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await isolation[Symbol.asyncDispose]();
  });

  it('should start no process for them, and still one for each renderer', () => {
    const tree = treeOf(browser.isolated.directories.profile);
    expect(ofType(tree, 'gpu-process')).toEqual([]);
    expect(tree.map(commandLine).filter((line) => line.includes('network.mojom'))).toEqual([]);
    expect(ofType(tree, 'renderer').length).toBeGreaterThan(0);
  });

  it('should draw WebGL in software, as without', async () => {
    expect(await browser.evaluate(DRAW_WEBGL)).toEqual({ pixel: [255, 0, 0, 255], renderer: expect.stringContaining('SwiftShader') });
  });

  it('should record and play a video', async () => {
    expect(await browser.evaluate(PLAY_VIDEO)).toEqual([false, false, true, true]);
  });
});
