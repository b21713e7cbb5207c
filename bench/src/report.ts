import { CONTENDERS, type ContenderName, PHASES, type Timing } from './contenders/contender.js';
import type { BenchResults } from './results.js';
import type { DensityResult } from './sections/density.js';
import type { LifecycleResult, LifecycleRuns } from './sections/lifecycle.js';
import type { ProfileResult } from './sections/profile.js';
import { PROFILE_USES, type ProfileSessionsResult, type ProfileUse } from './sections/profile-sessions.js';
import { type RoundTripResult, WAYS } from './sections/round-trips.js';
import type { TurnsResult, TurnTimes } from './sections/turns.js';
import { median, type Summary, summarize } from './statistics.js';
import { drawTable, formatNumber, formatRatio } from './table.js';

const MEBIBYTE = 1024 * 1024;
const HEAD = ['Carrel', 'floor', 'launch', '÷ floor', '÷ launch'];

/** The whole report as plain text. */
export function report(results: BenchResults): string {
  return [
    about(results),
    ...(results.lifecycle ?? []).map(lifecycleTable),
    ...(results.density === undefined ? [] : [densityTable(results.density)]),
    ...(results.roundTrips === undefined ? [] : [roundTripTable(results.roundTrips)]),
    ...(results.profiles === undefined ? [] : [profileTable(results.profiles)]),
    ...(results.profileSessions === undefined ? [] : [profileSessionsTable(results.profileSessions)]),
    ...(results.turns === undefined ? [] : [turnsTable(results.turns)]),
  ].join('\n\n');
}

function about({ machine, versions, startedAt, durationMs }: BenchResults): string {
  const commit = versions.commit === undefined ? '' : ` (${versions.commit}${versions.isModified ? ', modified' : ''})`;
  return [
    `  ${startedAt}, ${Math.round(durationMs / 1000)} s`,
    `  ${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / 1024 / MEBIBYTE)} GiB, ${machine.system}, load ${machine.loadBefore.toFixed(1)} before`,
    `  Carrel ${versions.carrel}${commit}, Chromium ${versions.chromium}, Playwright ${versions.playwright}, Node ${versions.node}`,
    '  floor: Playwright to browsers that run already, no walls. launch: chromium.launch() for each run.',
  ].join('\n');
}

function lifecycleTable({ batchSize, contenders }: LifecycleResult): string {
  const how = batchSize === 1 ? 'one at a time' : `in batches of ${batchSize}`;
  const counts = CONTENDERS.map((name) => contenders[name].timings.length);
  const row = (name: string, read: (timing: Timing) => number | undefined) => {
    const summaries = CONTENDERS.map((contender) => summarize(contenders[contender].timings.flatMap((timing) => read(timing) ?? [])));
    return [name, ...summaries.map(spread), ...ratios(summaries.map((summary) => summary?.p50))];
  };
  const rates = CONTENDERS.map((name) => sessionsPerSecond(contenders[name]));
  const rows = [
    [`Lifecycle ${how}`, ...HEAD],
    ...PHASES.map((phase) => row(phase, (timing) => timing[phase])),
    row('connect + goto', connectAndGoto),
    row('total', ({ total }) => total),
    ['sessions per second', ...rates.map(orDash), ...ratios(rates)],
    ['failed', ...CONTENDERS.map((name) => `${contenders[name].failures.length}`)],
  ];
  const legend = `  ms, median / p95 (min–max) of ${[...new Set(counts)].join(', ')} runs; sessions per second until all of them is gone`;
  return [drawTable(rows), legend, ...CONTENDERS.flatMap((name) => failures(name, contenders[name]))].join('\n');
}

/** Where a run is created with its page, as with `launch`, connecting is opening that page. */
function connectAndGoto({ connect, goto }: Timing): number | undefined {
  return connect === undefined || goto === undefined ? undefined : connect + goto;
}

/** Counted over all the time that was the contender's turn, teardown included: what could be kept up. */
export function sessionsPerSecond({ timings, busyMs }: LifecycleRuns): number | undefined {
  return busyMs === 0 ? undefined : (timings.length / busyMs) * 1000;
}

/** Each kind of failure once. */
const failures = (name: ContenderName, runs: LifecycleRuns) => [...new Set(runs.failures)].map((message) => `  ${name} failed: ${message}`);

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

function roundTripTable(results: readonly RoundTripResult[]): string {
  const rows = results.map(({ inFlight, perSecond }) => {
    const [gateway, pipe, port] = WAYS.map((way) => perSecond[way]).map((rounds) => (rounds.length === 0 ? undefined : median(rounds)));
    const cells = WAYS.map((way) => summarize(perSecond[way])).map((summary) => (summary === undefined ? '–' : withRange(summary)));
    return [`${inFlight} in flight`, ...cells, formatRatio(gateway, pipe), formatRatio(gateway, port)];
  });
  const head = ['Runtime.evaluate', "Carrel's gateway", "Chromium's pipe", "Chromium's port", '÷ pipe', '÷ port'];
  return `${drawTable([head, ...rows])}\n  round trips per second, median (min–max) of the rounds`;
}

function profileTable(results: readonly ProfileResult[]): string {
  const size = ({ bytes, files }: ProfileResult) => `${inUnits(bytes)} in ${files} files`;
  const times = (name: string, read: (result: ProfileResult) => number[]) => [
    name,
    ...results.map((result) => spread(summarize(read(result)))),
  ];
  const rates = (name: string, read: (result: ProfileResult) => number[]) => [
    `${name}, MB/s`,
    ...results.map((result) => formatNumber(result.bytes / 1e3 / median(read(result)))),
  ];
  const rows = [
    ['Profile', ...results.map(size)],
    times('copy', ({ copyMs }) => copyMs),
    times('seal', ({ sealMs }) => sealMs),
    times('open + extract', ({ unpackMs }) => unpackMs),
    rates('seal', ({ sealMs }) => sealMs),
    rates('open + extract', ({ unpackMs }) => unpackMs),
    times('longest turn', ({ blockedMs }) => blockedMs),
    ['sealed', ...results.map(({ sealedBytes }) => inUnits(sealedBytes))],
    ['memory grew by at most', ...results.map(({ grownBytes }) => inUnits(grownBytes))],
  ];
  return `${drawTable(rows)}\n  ms, median / p95 (min–max) of the runs`;
}

function profileSessionsTable(results: ProfileSessionsResult): string {
  const row = (name: string, read: (of: ProfileSessionsResult[ProfileUse]) => number[]) => {
    const [without, ...others] = PROFILE_USES.map((use) => read(results[use]));
    const more = others.map((times) => formatNumber(median(times) - median(without ?? [])));
    return [name, ...PROFILE_USES.map((use) => spread(summarize(read(results[use])))), ...more];
  };
  const rows = [
    ['A browser', 'without profile', 'with one', 'that is saved', 'with: more', 'saved: more'],
    row('open', ({ openMs }) => openMs),
    row('close', ({ closeMs }) => closeMs),
  ];
  return `${drawTable(rows)}\n  ms, median / p95 (min–max); more: medians compared`;
}

function turnsTable(results: readonly TurnsResult[]): string {
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
  return `${drawTable(rows)}\n  ms without the model's time, median / p95 (min–max) of the turns`;
}

const inUnits = (bytes: number) => (bytes < 1e6 ? `${formatNumber(bytes / 1e3)} KB` : `${formatNumber(bytes / 1e6)} MB`);

const ratios = ([ours, floor, launch]: (number | undefined)[]) => [formatRatio(ours, floor), formatRatio(ours, launch)];

const orDash = (value: number | undefined) => (value === undefined ? '–' : formatNumber(value));

const withRange = ({ p50, min, max }: Summary) => `${formatNumber(p50)} (${formatNumber(min)}–${formatNumber(max)})`;

const spread = (summary: Summary | undefined) =>
  summary === undefined
    ? '–'
    : `${formatNumber(summary.p50)} / ${formatNumber(summary.p95)} (${formatNumber(summary.min)}–${formatNumber(summary.max)})`;
