import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Child } from './child.js';
import { descendants } from './processes.js';

/**
 * What Chromium is started with: a page from the start, nothing in the background, and no sandbox, since the floor has no walls at all.
 * It does without what costs time at start, so that the floor is a hard one.
 */
const FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-breakpad',
  '--disable-client-side-phishing-detection',
  '--disable-component-update',
  '--disable-crash-reporter',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-features=SpareRendererForSitePerProcess,MediaRouter,OptimizationHints,Translate',
  '--disable-gpu',
  '--disable-renderer-backgrounding',
  '--disable-sync',
  '--metrics-recording-only',
  '--mute-audio',
  '--no-pings',
  '--password-store=basic',
  '--use-mock-keychain',
  '--window-size=1280,720',
];

/** A Chromium with no Carrel about it, and how to talk to it. */
export class BareChromium implements AsyncDisposable {
  readonly #child: Child;
  readonly #userDataDir: string;

  private constructor(child: Child, userDataDir: string) {
    this.#child = child;
    this.#userDataDir = userDataDir;
  }

  /** Debugged over a pipe: NUL-terminated messages. */
  static async withPipe(executablePath: string): Promise<{ chromium: BareChromium; pipes: { writable: Writable; readable: Readable } }> {
    const chromium = await BareChromium.#start(executablePath, '--remote-debugging-pipe');
    const { pipes } = chromium.#child;
    if (pipes === undefined) throw new TypeError('a child that was started with pipes has them');
    return { chromium, pipes };
  }

  /** Debugged over its own WebSocket port. */
  static async withPort(executablePath: string, signal: AbortSignal): Promise<{ chromium: BareChromium; url: string }> {
    const chromium = await BareChromium.#start(executablePath, '--remote-debugging-port=0');
    try {
      const url = await chromium.#child.firstLine((line) => /^DevTools listening on (ws:\S+)$/.exec(line)?.[1], signal);
      return { chromium, url };
    } catch (error) {
      await chromium[Symbol.asyncDispose]();
      throw error;
    }
  }

  static async #start(executablePath: string, debuggingFlag: string): Promise<BareChromium> {
    const userDataDir = await mkdtemp(join(tmpdir(), 'chromium-'));
    const args = [...FLAGS, debuggingFlag, `--user-data-dir=${userDataDir}`, 'about:blank'];
    const hasPipes = debuggingFlag === '--remote-debugging-pipe';
    const child = await Child.start({
      command: executablePath,
      args,
      cwd: userDataDir,
      env: process.env,
      stopSignal: 'SIGKILL',
      hasPipes,
    });
    return new BareChromium(child, userDataDir);
  }

  /** Of all its processes that live now. */
  get pids(): number[] {
    return [this.#child.pid, ...descendants([this.#child.pid])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    // Its other processes may live a moment longer, and write.
    await rm(this.#userDataDir, { recursive: true, force: true, maxRetries: 10 });
  }
}
