import { setTimeout as delay } from 'node:timers/promises';
import { CarrelServer } from '../carrel-server.js';
import { CarrelContender } from '../contenders/carrel.js';
import { COMPARED, type Compared, HEAD, ratios } from '../contenders/columns.js';
import type { DenseContender } from '../contenders/contender.js';
import { FloorContender } from '../contenders/floor.js';
import { LaunchContender } from '../contenders/launch.js';
import { cpuMsDuring, proportionalBytes, residentBytes } from '../processes.js';
import type { Goal } from '../report/goals.js';
import type { Line, Plot } from '../report/plot.js';
import { orDash, type Table } from '../report/table.js';
import type { Section, SectionContext } from './section.js';

/** What browsers cost that are open with a page and have nothing to do. What the system does not tell is undefined. */
export interface Density {
  browsers: number;
  /** Processes of all browsers. */
  processes: number;
  /** Proportional set size of all processes of so many browsers, walls included, while they were opened one after the other, and of the pool beside them; the last is at rest. */
  memory: { browsers: number; bytes: number | undefined; poolBytes: number | undefined }[];
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
  /** How many browsers waited in the pool beside those that were counted. */
  poolBrowsers: number;
}

export interface DensityResult {
  contenders: Record<Compared, Density>;
  server: ServerDensity;
}

/** Lets pages, and what browsers do after their start, come to rest. What is measured is a browser that nobody has used for a while. */
const REST_MS = 5_000;
const QUICK_REST_MS = 1_000;
/** The first lifecycles make the server load and compile what every later one uses. */
const WARM_UP_RUNS = 3;
/** Memory is looked at when so many browsers are open. */
const STEPS = [1, 5, 10];
const MEBIBYTE = 1024 * 1024;

async function measureDensity(context: SectionContext): Promise<DensityResult> {
  const { executablePath, signal } = context;
  const { density: carrel, server } = await measureCarrel(context);
  const floor = await measureContender(context, await FloorContender.start({ executablePath, slots: 0, signal }));
  const launch = await measureContender(context, new LaunchContender(executablePath));
  return { contenders: { carrel, floor, launch }, server };
}

async function measureCarrel(context: SectionContext): Promise<{ density: Density; server: ServerDensity }> {
  const { options, signal, pageUrl } = context;
  const running = await CarrelServer.start({ maxBrowsers: options.browsers + WARM_UP_RUNS, signal });
  const contender = new CarrelContender(running);
  let before: number | undefined;
  let server: ServerDensity | undefined;
  const density = await measureContender(context, contender, {
    before: async () => {
      for (let run = 0; run < WARM_UP_RUNS; run++) await contender.run(0, pageUrl);
      await contender.settle();
      before = residentBytes(running.pid);
    },
    pool: () => contender.poolPids(),
    alsoIdle: [running.pid],
    after: async (idleCpuShare) => {
      const after = residentBytes(running.pid);
      server = {
        residentBytesBefore: before,
        residentBytesPerBrowser: before === undefined || after === undefined ? undefined : (after - before) / options.browsers,
        idleCpuShare,
        poolBrowsers: (await running.pool()).ready,
      };
    },
  });
  return { density, server: server as ServerDensity }; // it was measured, or that has thrown
}

interface Around {
  before: () => Promise<void>;
  /** Processes of browsers that nobody has. */
  pool: () => number[];
  /** Processes whose idle CPU is measured besides. */
  alsoIdle: readonly number[];
  after: (othersCpuShare: number | undefined) => Promise<void>;
}

/** Measures one contender by itself, so that it shares no memory with another's browsers, and ends it. */
async function measureContender(context: SectionContext, contender: DenseContender, around?: Around): Promise<Density> {
  const { options, signal, pageUrl } = context;
  const restMs = options.isQuick ? QUICK_REST_MS : REST_MS;
  const memory: Density['memory'] = [];
  const weigh = (browsers: number) => {
    const poolBytes = proportionalBytes(around?.pool() ?? []);
    memory.push({ browsers, bytes: proportionalBytes(contender.browserPids()), poolBytes });
  };
  try {
    await around?.before();
    for (let open = 1; open <= options.browsers; open++) {
      signal.throwIfAborted();
      context.progress(`${contender.name}: opening ${open} of ${options.browsers}`);
      await contender.leaveOpen(open - 1, pageUrl);
      if (STEPS.includes(open) && open < options.browsers) weigh(open);
    }
    context.progress(`${contender.name}: ${options.browsers} open, counting idle CPU for ${options.idleMs / 1000} s`);
    await delay(restMs, undefined, { signal });
    const pids = contender.browserPids();
    const [idleMs, othersMs] = await cpuMsDuring(options.idleMs, [pids, around?.alsoIdle ?? []], signal);
    weigh(options.browsers);
    await around?.after(share(othersMs, options.idleMs));
    return {
      browsers: options.browsers,
      processes: pids.length,
      memory,
      idleCpuShare: share(idleMs, options.idleMs * options.browsers),
    };
  } finally {
    await contender[Symbol.asyncDispose]();
  }
}

const share = (ms: number | undefined, ofMs: number) => (ms === undefined ? undefined : ms / ofMs);
const mebibytes = (bytes: number | undefined) => (bytes === undefined ? undefined : bytes / MEBIBYTE);
const percent = (of: number | undefined) => (of === undefined ? undefined : of * 100);

/** Of one of all browsers, at rest. */
function bytesPerBrowser({ memory }: Density): number | undefined {
  const { browsers, bytes } = memory.at(-1) ?? {};
  return browsers === undefined || bytes === undefined ? undefined : bytes / browsers;
}

function densityTable({ contenders, server }: DensityResult): Table {
  const row = (name: string, read: (contender: Density) => number | undefined) => {
    const values = COMPARED.map((contender) => read(contenders[contender]));
    return [name, ...values.map(orDash), ...ratios(values)];
  };
  const ofServer = (name: string, value: number | undefined) => [name, orDash(value)];
  return {
    rows: [
      [`${contenders.carrel.browsers} browsers with a page, idle`, ...HEAD],
      row('PSS per browser, MiB', (density) => mebibytes(bytesPerBrowser(density))),
      row('processes per browser', (density) => density.processes / density.browsers),
      row('CPU per browser, % of a core', (density) => percent(density.idleCpuShare)),
      ofServer('RSS of the server per browser, MiB', mebibytes(server.residentBytesPerBrowser)),
      ofServer('RSS of the server before, MiB', mebibytes(server.residentBytesBefore)),
      ofServer('CPU of the server, % of a core', percent(server.idleCpuShare)),
      ofServer(`PSS of the pool beside them (${server.poolBrowsers} ready), MiB`, mebibytes(contenders.carrel.memory.at(-1)?.poolBytes)),
    ],
  };
}

function goals({ contenders, server }: DensityResult): Goal[] {
  const { idleCpuShare, browsers } = contenders.carrel;
  return [
    {
      what: `memory of one of ${browsers} browsers with a page (PSS)`,
      unit: 'MiB',
      ours: mebibytes(bytesPerBrowser(contenders.carrel)),
      limit: { atMost: 72 },
    },
    { what: 'memory of the server for each (RSS)', unit: 'MiB', ours: mebibytes(server.residentBytesPerBrowser), limit: { atMost: 1.5 } },
    { what: 'CPU of an idle browser', unit: '% of a core', ours: percent(idleCpuShare), limit: { atMost: 0.05 } },
  ];
}

function memoryPlot({ contenders }: DensityResult): Plot {
  const line = (name: string, { memory }: Density, read: (weighed: Density['memory'][number]) => number | undefined): Line => ({
    name,
    points: memory.flatMap((weighed) => {
      const bytes = read(weighed);
      return bytes === undefined ? [] : [[weighed.browsers, bytes / MEBIBYTE] as const];
    }),
  });
  const own = ({ bytes }: Density['memory'][number]) => bytes;
  const withPool = ({ bytes, poolBytes }: Density['memory'][number]) =>
    bytes === undefined || poolBytes === undefined ? undefined : bytes + poolBytes;
  return {
    name: 'memory',
    title: 'Memory of browsers with a page (PSS of all their processes)',
    x: { label: 'browsers', scale: 'linear', ticks: [0, ...contenders.carrel.memory.map(({ browsers }) => browsers)] },
    y: { label: 'MiB', scale: 'linear' },
    lines: [
      line('Carrel', contenders.carrel, own),
      line('floor', contenders.floor, own),
      line('launch', contenders.launch, own),
      line('Carrel with its pool', contenders.carrel, withPool),
    ],
  };
}

/** Memory and CPU of browsers that have nothing to do. */
export const density: Section<DensityResult> = {
  title: 'Browsers with a page, idle',
  measure: measureDensity,
  tables: (result) => [densityTable(result)],
  goals,
  plots: (result) => [memoryPlot(result)],
};
