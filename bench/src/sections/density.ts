import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CarrelServer } from '../carrel-server.js';
import { CarrelContender } from '../contenders/carrel.js';
import { HEAD, ratios } from '../contenders/columns.js';
import type { Contender, ContenderName } from '../contenders/contender.js';
import { CONTENDERS } from '../contenders/contender.js';
import { FloorContender } from '../contenders/floor.js';
import { LaunchContender } from '../contenders/launch.js';
import type { Goal } from '../goals.js';
import { cpuMs, descendants, proportionalBytes, residentBytes } from '../processes.js';
import { drawTable, orDash } from '../table.js';
import type { Section, SectionContext } from './section.js';

/** What browsers cost that are open with a page and have nothing to do. What the system does not tell is undefined. */
export interface Density {
  browsers: number;
  /** Processes of all browsers. */
  processes: number;
  /** Memory per browser, its whole process tree, as proportional set size. */
  proportionalBytesPerBrowser: number | undefined;
  /** Share of one core that one browser uses, from 0. */
  idleCpuShare: number | undefined;
}

export interface ServerDensity {
  /** Resident set of the server before the first browser of the measurement. */
  residentBytesBefore: number | undefined;
  /** What it grew by with each browser. */
  residentBytesPerBrowser: number | undefined;
  /** Share of one core that the server uses while all browsers are idle, from 0. */
  idleCpuShare: number | undefined;
}

export interface DensityResult {
  contenders: Record<ContenderName, Density>;
  server: ServerDensity;
}

/** Lets pages, and what browsers do after their start, come to rest. What is measured is a browser that nobody has used for a while. */
const REST_MS = 5_000;
/** The first lifecycles make the server load and compile what every later one uses. */
const WARM_UP_RUNS = 3;
const MEBIBYTE = 1024 * 1024;
/** The kernel keeps this much of a process's name. */
const NAME_CHARS = 15;

export async function measureDensity(context: SectionContext): Promise<DensityResult> {
  const { executablePath, signal, options } = context;
  const { density: carrel, server } = await measureCarrel(context);
  const floor = await measureContender(context, await FloorContender.start({ executablePath, slots: options.browsers, signal }));
  const launch = await measureContender(context, new LaunchContender(executablePath));
  return { contenders: { carrel, floor, launch }, server };
}

async function measureCarrel(context: SectionContext): Promise<{ density: Density; server: ServerDensity }> {
  const { options, signal, pageUrl } = context;
  const running = await CarrelServer.start({ maxBrowsers: options.browsers + WARM_UP_RUNS, signal });
  let before: number | undefined;
  let after: number | undefined;
  let idleCpuShare: number | undefined;
  const contender = new CarrelContender(running);
  const density = await measureContender(context, contender, {
    before: async () => {
      for (let run = 0; run < WARM_UP_RUNS; run++) await contender.run(0, pageUrl);
      await contender.settle();
      before = residentBytes(running.pid);
    },
    alsoIdle: [running.pid],
    after: (othersCpuShare) => {
      idleCpuShare = othersCpuShare;
      after = residentBytes(running.pid);
    },
  });
  const residentBytesPerBrowser = before === undefined || after === undefined ? undefined : (after - before) / options.browsers;
  return { density, server: { residentBytesBefore: before, residentBytesPerBrowser, idleCpuShare } };
}

interface Around {
  before: () => Promise<void>;
  /** Processes whose idle CPU is measured besides. */
  alsoIdle: readonly number[];
  after: (othersCpuShare: number | undefined) => void;
}

/** Measures one contender by itself, so that it shares no memory with another's browsers, and ends it. */
async function measureContender(context: SectionContext, contender: Contender, around?: Around): Promise<Density> {
  const { options, signal, pageUrl, executablePath } = context;
  const chromiumName = basename(executablePath).slice(0, NAME_CHARS);
  try {
    await around?.before();
    for (let slot = 0; slot < options.browsers; slot++) {
      signal.throwIfAborted();
      context.progress(`${contender.name}: opening ${slot + 1} of ${options.browsers}`);
      await contender.leaveOpen(slot, pageUrl);
    }
    context.progress(`${contender.name}: ${options.browsers} open, counting idle CPU for ${options.idleMs / 1000} s`);
    await delay(REST_MS, undefined, { signal });
    const pids = descendants(contender.roots, (name) => name === chromiumName);
    const [idleMs, othersMs] = await cpuDuring(options.idleMs, [pids, around?.alsoIdle ?? []], signal);
    around?.after(share(othersMs, options.idleMs));
    const proportional = proportionalBytes(pids);
    return {
      browsers: options.browsers,
      processes: pids.length,
      proportionalBytesPerBrowser: proportional === undefined ? undefined : proportional / options.browsers,
      idleCpuShare: share(idleMs, options.idleMs * options.browsers),
    };
  } finally {
    await contender[Symbol.asyncDispose]();
  }
}

const share = (ms: number | undefined, ofMs: number) => (ms === undefined ? undefined : ms / ofMs);

/** CPU that each group of processes uses within a time, in ms. */
async function cpuDuring(durationMs: number, groups: readonly (readonly number[])[], signal: AbortSignal): Promise<(number | undefined)[]> {
  const before = groups.map(cpuMs);
  await delay(durationMs, undefined, { signal });
  return groups.map((pids, index) => {
    const [start, end] = [before[index], cpuMs(pids)];
    return start === undefined || end === undefined ? undefined : end - start;
  });
}

function densityTable({ contenders, server }: DensityResult): string {
  const row = (name: string, read: (contender: DensityResult['contenders'][ContenderName]) => number | undefined) => {
    const values = CONTENDERS.map((contender) => read(contenders[contender]));
    return [name, ...values.map(orDash), ...ratios(values)];
  };
  const ofServer = (name: string, value: number | undefined) => [name, orDash(value)];
  const mebibytes = (bytes: number | undefined) => (bytes === undefined ? undefined : bytes / MEBIBYTE);
  const percent = (share: number | undefined) => (share === undefined ? undefined : share * 100);
  return drawTable([
    [`${contenders.carrel.browsers} browsers with a page, idle`, ...HEAD],
    row('PSS per browser, MiB', (density) => mebibytes(density.proportionalBytesPerBrowser)),
    row('processes per browser', (density) => density.processes / density.browsers),
    row('CPU per browser, % of a core', (density) => percent(density.idleCpuShare)),
    ofServer('RSS of the server per browser, MiB', mebibytes(server.residentBytesPerBrowser)),
    ofServer('RSS of the server before, MiB', mebibytes(server.residentBytesBefore)),
    ofServer('CPU of the server, % of a core', percent(server.idleCpuShare)),
  ]);
}

function goals({ contenders, server }: DensityResult): Goal[] {
  const mebibytes = (bytes: number | undefined) => (bytes === undefined ? undefined : bytes / MEBIBYTE);
  const { proportionalBytesPerBrowser, idleCpuShare, browsers } = contenders.carrel;
  return [
    {
      what: `memory of one of ${browsers} browsers with a page (PSS)`,
      unit: 'MiB',
      ours: mebibytes(proportionalBytesPerBrowser),
      limit: { atMost: 72 },
    },
    { what: 'memory of the server for each (RSS)', unit: 'MiB', ours: mebibytes(server.residentBytesPerBrowser), limit: { atMost: 1.5 } },
    {
      what: 'CPU of an idle browser',
      unit: '% of a core',
      ours: idleCpuShare === undefined ? undefined : idleCpuShare * 100,
      limit: { atMost: 0.05 },
    },
  ];
}

/** Memory and CPU of browsers that have nothing to do. */
export const density: Section<DensityResult> = { measure: measureDensity, tables: (result) => [densityTable(result)], goals };
