import type { Carrel, TaskEvent } from '@carrel/sdk';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { CarrelServer } from '../carrel-server.js';
import { InstantModel, STEPS } from '../instant-model.js';
import { formatNumber, spread, type Table } from '../report/table.js';
import { summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

/** Where the time of a turn goes; one figure for each turn, in ms. */
export interface TurnTimes {
  /** From the POST until a worker has it. */
  claimedMs: number[];
  /** From there until its browser is there. */
  browserMs: number[];
  /** From there until the first step. */
  readyMs: number[];
  /** A step, without the time of the model. */
  stepMs: number[];
  /** From the end of the last step until the answer is there. */
  endMs: number[];
}

export interface TurnsResult {
  /** Turns of `steps` steps each that were under way at once. */
  concurrency: number;
  steps: number;
  perMinute: number;
  times: TurnTimes;
}

/** Whole turns with a model that takes no time, one at a time and several at once. */
export async function measureTurns({ options, pageUrl, signal, progress }: SectionContext): Promise<TurnsResult[]> {
  await using model = await InstantModel.start();
  const env = { CARREL_MODEL: 'openai-compatible/instant', CARREL_MODEL_BASE_URL: model.baseUrl };
  await using server = await CarrelServer.start({ maxBrowsers: 10, signal, env });
  const results: TurnsResult[] = [];
  await takeTurn(server.client, pageUrl, signal); // warm-up
  for (const concurrency of [1, 4]) {
    const times: TurnTimes = { claimedMs: [], browserMs: [], readyMs: [], stepMs: [], endMs: [] };
    const count = Math.max(options.turns, concurrency);
    let left = count;
    const startMs = performance.now();
    const takeTurns = async () => {
      while (left-- > 0) {
        progress(`${concurrency} at once, ${count - left} of ${count}`);
        note(await takeTurn(server.client, pageUrl, signal), times);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, takeTurns));
    const perMinute = (count / (performance.now() - startMs)) * 60_000;
    results.push({ concurrency, steps: STEPS, perMinute, times });
  }
  return results;
}

async function takeTurn(client: Carrel, startUrl: string, signal: AbortSignal): Promise<TaskEvent[]> {
  const events: TaskEvent[] = [];
  const onEvent = (event: TaskEvent) => void events.push(event);
  const task = await client.tasks.run({ endUserId: 'bench', task: 'Scroll up and down.', startUrl }, { onEvent, signal });
  if (task.status !== 'completed') throw new BenchmarkFailed(`a turn of the benchmark ended as ${task.status}: ${task.error}`);
  return events;
}

function note(events: readonly TaskEvent[], times: TurnTimes): void {
  const at = (type: TaskEvent['type'], which: 'first' | 'last') => {
    const event = which === 'first' ? events.find((one) => one.type === type) : events.findLast((one) => one.type === type);
    if (event === undefined) throw new BenchmarkFailed(`the log of a turn has no ${type}`);
    return Date.parse(event.createdAt);
  };
  const modelMs = events.reduce((sum, { type, data }) => sum + (type === 'model.called' ? Number(data.durationMs) : 0), 0);
  const [begun, running, opened] = [at('task.created', 'first'), at('task.running', 'first'), at('browser.opened', 'first')];
  const [first, last] = [at('step.started', 'first'), at('step.finished', 'last')];
  times.claimedMs.push(running - begun);
  times.browserMs.push(opened - running);
  times.readyMs.push(first - opened);
  times.stepMs.push((last - first - modelMs) / STEPS);
  times.endMs.push(at('task.completed', 'last') - last);
}

function turnsTable(results: readonly TurnsResult[]): Table {
  const row = (name: string, read: (times: TurnTimes) => number[]) => [name, ...results.map(({ times }) => spread(summarize(read(times))))];
  const rows = [
    [
      `Turns of ${results[0]?.steps ?? 0} steps`,
      ...results.map(({ concurrency }) => (concurrency === 1 ? 'one at a time' : `${concurrency} at once`)),
    ],
    row('POST to claimed', ({ claimedMs }) => claimedMs),
    row('browser', ({ browserMs }) => browserMs),
    row('to the first step', ({ readyMs }) => readyMs),
    row('a step', ({ stepMs }) => stepMs),
    row('end', ({ endMs }) => endMs),
    ['turns per minute', ...results.map(({ perMinute }) => formatNumber(perMinute))],
  ];
  return { rows, notes: ["ms without the model's time, median / p95 (min–max) of the turns"] };
}

/** Whole turns of an agent. */
export const turns: Section<TurnsResult[]> = { title: 'Turns', measure: measureTurns, tables: (results) => [turnsTable(results)] };
