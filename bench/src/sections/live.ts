import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from '@carrel/sdk';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { CarrelServer } from '../carrel-server.js';
import { disposeAll } from '../dispose-all.js';
import { LiveWatcher } from '../live-watcher.js';
import { cpuMsDuring } from '../processes.js';
import type { Goal } from '../report/goals.js';
import { orDash, spread, type Table } from '../report/table.js';
import { summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

const KINDS = ['headless-shell', 'chromium'] as const;

/** Share of one core, from 0; undefined where the system does not tell. */
interface CpuShares {
  browser: number | undefined;
  server: number | undefined;
}

/** How a browser of one kind is watched. */
export interface LiveResult {
  kind: (typeof KINDS)[number];
  /** From opening the WebSocket to the first picture of a still page, in ms: of who is the first to watch, and of the next. */
  firstPictureMs: number[];
  nextFirstPictureMs: number[];
  /** From a press that was sent to the picture that shows what came of it, in ms. */
  pressMs: number[];
  /** Pictures a second of a page that moves with every frame: of one watcher, the slowest of four, and a fast one beside a slow one. */
  framesPerSecond: { alone: number; slowestOfFour: number; besideSlow: number };
  cpu: Record<'stillUnwatched' | 'stillWatched' | 'movingUnwatched' | 'movingWatched', CpuShares>;
}

const MANY = 4;
/** Of somebody on a bad line. */
const SLOW_ACK_MS = 500;
const SETTLE_MS = 500;
const FIRST_PICTURE_GOAL_MS = 300;
const FPS_GOAL = 25;
const STILL_CPU_GOAL_PERCENT = 1;

async function measureLive({ options, pageUrl, signal, progress }: SectionContext): Promise<LiveResult[]> {
  await using server = await CarrelServer.start({ maxBrowsers: 1, signal, env: { CARREL_POOL_SIZE: '0' } });
  const results: LiveResult[] = [];
  for (const kind of KINDS) {
    const browser = await server.client.browsers.open({ kind, standby: false }, { keepAlive: false });
    const measuring = new LiveMeasuring(server, browser, signal);
    progress(`${kind}: first pictures and presses`);
    await goto(browser, pageUrl);
    const first = await measuring.firstPictures(options.liveRounds);
    await goto(browser, new URL('press', pageUrl).href);
    const pressMs = await measuring.presses(options.liveRounds);
    progress(`${kind}: CPU of a still page`);
    await goto(browser, pageUrl);
    const still = await measuring.cpu(options.idleMs);
    progress(`${kind}: frames of a moving page`);
    await goto(browser, new URL('moving', pageUrl).href);
    const framesPerSecond = await measuring.framesPerSecond(options.liveMs);
    const moving = await measuring.cpu(options.liveMs);
    const cpu = {
      stillUnwatched: still.unwatched,
      stillWatched: still.watched,
      movingUnwatched: moving.unwatched,
      movingWatched: moving.watched,
    };
    results.push({ kind, ...first, pressMs, framesPerSecond, cpu });
    await browser.close();
  }
  return results;
}

async function goto(browser: Browser, url: string): Promise<void> {
  const { success, message } = await browser.execute({ type: 'goto', url, waitUntil: 'load' });
  if (!success) throw new BenchmarkFailed(`the page of the benchmark could not be opened: ${message}`);
  await delay(SETTLE_MS);
}

class LiveMeasuring {
  readonly #server: CarrelServer;
  readonly #browser: Browser;
  readonly #signal: AbortSignal;

  constructor(server: CarrelServer, browser: Browser, signal: AbortSignal) {
    this.#server = server;
    this.#browser = browser;
    this.#signal = signal;
  }

  async firstPictures(rounds: number): Promise<Pick<LiveResult, 'firstPictureMs' | 'nextFirstPictureMs'>> {
    const found = { firstPictureMs: [] as number[], nextFirstPictureMs: [] as number[] };
    const { url } = await this.#server.client.browsers.createLiveLink(this.#browser.id, { scope: 'view' });
    const timed = async (times: number[]) => {
      const startedAt = performance.now();
      const watcher = await LiveWatcher.open(url);
      await watcher.untilMoreThan(0);
      times.push((watcher.frameTimes[0] ?? startedAt) - startedAt);
      return watcher;
    };
    for (let round = 0; round < rounds; round++) {
      // Those of the round before have left, so that the screencast is begun anew.
      await delay(SETTLE_MS, undefined, { signal: this.#signal });
      await using _first = await timed(found.firstPictureMs);
      await using _next = await timed(found.nextFirstPictureMs);
    }
    return found;
  }

  /** On a page that changes when it is pressed, and never else. */
  async presses(rounds: number): Promise<number[]> {
    await using watcher = await this.#watch({ scope: 'control' });
    await watcher.untilMoreThan(0);
    watcher.say({ type: 'control.take' });
    await delay(SETTLE_MS);
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = watcher.frameTimes.length;
      const startedAt = performance.now();
      watcher.say({ type: 'mouse', action: 'down', x: 50, y: 50, button: 'left', buttons: 1, clickCount: 1 });
      await watcher.untilMoreThan(before);
      times.push((watcher.frameTimes[before] ?? startedAt) - startedAt);
      watcher.say({ type: 'mouse', action: 'up', x: 50, y: 50, button: 'left', clickCount: 1 });
      await delay(SETTLE_MS, undefined, { signal: this.#signal });
    }
    return times;
  }

  async framesPerSecond(durationMs: number): Promise<LiveResult['framesPerSecond']> {
    const during = async (watchers: readonly LiveWatcher[]) => {
      await Promise.all(watchers.map((watcher) => watcher.untilMoreThan(0)));
      await delay(SETTLE_MS);
      return await Promise.all(watchers.map((watcher) => watcher.framesPerSecond(durationMs, this.#signal)));
    };
    const open: LiveWatcher[] = [];
    try {
      open.push(await this.#watch());
      const [alone = 0] = await during(open);
      const slow = await this.#watch({ ackDelayMs: SLOW_ACK_MS });
      const [besideSlow = 0] = await during(open);
      await slow[Symbol.asyncDispose]();
      while (open.length < MANY) open.push(await this.#watch());
      return { alone, besideSlow, slowestOfFour: Math.min(...(await during(open))) };
    } finally {
      await disposeAll(open);
    }
  }

  async cpu(durationMs: number): Promise<Record<'unwatched' | 'watched', CpuShares>> {
    const unwatched = await this.#cpuDuring(durationMs);
    await using watcher = await this.#watch();
    await watcher.untilMoreThan(0);
    await delay(SETTLE_MS);
    return { unwatched, watched: await this.#cpuDuring(durationMs) };
  }

  async #cpuDuring(durationMs: number): Promise<CpuShares> {
    const groups = [this.#server.browserPids().get(this.#browser.id) ?? [], [this.#server.pid]];
    const [browser, server] = (await cpuMsDuring(durationMs, groups, this.#signal)).map((ms) => (ms === undefined ? ms : ms / durationMs));
    return { browser, server };
  }

  async #watch({ scope = 'view', ackDelayMs = 0 }: { scope?: 'view' | 'control'; ackDelayMs?: number } = {}): Promise<LiveWatcher> {
    const { url } = await this.#server.client.browsers.createLiveLink(this.#browser.id, { scope });
    return await LiveWatcher.open(url, ackDelayMs);
  }
}

const percent = (share: number | undefined) => orDash(share === undefined ? undefined : share * 100);

function liveTable(results: readonly LiveResult[]): Table {
  const row = (what: string, of: (result: LiveResult) => string) => [what, ...results.map(of)];
  const cpuRow = (what: string, name: keyof LiveResult['cpu']) =>
    row(`CPU of browser + server, ${what}`, ({ cpu }) => `${percent(cpu[name].browser)} + ${percent(cpu[name].server)}`);
  return {
    rows: [
      row('Live view', ({ kind }) => kind),
      row('first picture, of the first who watches', ({ firstPictureMs }) => spread(summarize(firstPictureMs))),
      row('first picture, of the next', ({ nextFirstPictureMs }) => spread(summarize(nextFirstPictureMs))),
      row('from a press to its picture', ({ pressMs }) => spread(summarize(pressMs))),
      row('frames a second, one watcher', ({ framesPerSecond }) => orDash(framesPerSecond.alone)),
      row(`frames a second, the slowest of ${MANY}`, ({ framesPerSecond }) => orDash(framesPerSecond.slowestOfFour)),
      row('frames a second, beside a slow one', ({ framesPerSecond }) => orDash(framesPerSecond.besideSlow)),
      cpuRow('still, nobody watches', 'stillUnwatched'),
      cpuRow('still, watched', 'stillWatched'),
      cpuRow('moving, nobody watches', 'movingUnwatched'),
      cpuRow('moving, watched', 'movingWatched'),
    ],
    notes: ['ms, median / p95 (min–max); CPU in % of a core; the watchers and the page run on the same machine'],
  };
}

function goals(results: readonly LiveResult[]): Goal[] {
  return results.flatMap(({ kind, firstPictureMs, framesPerSecond, cpu }) => [
    {
      what: `first picture, ${kind}`,
      unit: 'ms',
      ours: summarize(firstPictureMs)?.p50,
      limit: { atMost: FIRST_PICTURE_GOAL_MS },
    },
    { what: `frames of a moving page, ${kind}`, unit: 'a second', ours: framesPerSecond.alone, limit: { atLeast: FPS_GOAL } },
    { what: `frames beside a slow watcher, ${kind}`, unit: 'a second', ours: framesPerSecond.besideSlow, limit: { atLeast: FPS_GOAL } },
    {
      what: `watching a still page, ${kind}`,
      unit: '% of a core',
      ours: moreThan(cpu.stillWatched, cpu.stillUnwatched),
      limit: { atMost: STILL_CPU_GOAL_PERCENT },
    },
  ]);
}

/** What the browser and the server use more, in percent of a core. */
function moreThan(watched: CpuShares, unwatched: CpuShares): number | undefined {
  const [one, other] = [watched, unwatched].map(({ browser, server }) =>
    browser === undefined || server === undefined ? undefined : browser + server,
  );
  return one === undefined || other === undefined ? undefined : Math.max(0, one - other) * 100;
}

/** What watching costs, and what comes of it. */
export const live: Section<LiveResult[]> = {
  title: 'Live view',
  measure: measureLive,
  tables: (results) => [liveTable(results)],
  goals,
};
