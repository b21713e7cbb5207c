import type { BenchResults } from '../results.js';
import { eachFound } from '../sections/index.js';
import { goalTable } from './goals.js';
import { drawTable } from './table.js';

const GIBIBYTE = 1024 ** 3;

/** The whole report as plain text. */
export function report(results: BenchResults): string {
  const { found } = results;
  const goals = eachFound(found, (section, result) => section.goals?.(result) ?? []).flat();
  const tables = [
    ...eachFound(found, (section, result) => section.tables(result)).flat(),
    ...(goals.length === 0 ? [] : [goalTable(goals)]),
  ];
  const about = aboutLines(results).map((line) => `  ${line}`);
  return [about.join('\n'), ...tables.map(drawTable)].join('\n\n');
}

/** When and on what was measured, and what. */
export function aboutLines({ machine, versions, startedAt, durationMs, broken }: BenchResults): string[] {
  const commit = versions.commit === undefined ? '' : ` (${versions.commit}${versions.isModified ? ', modified' : ''})`;
  return [
    `${startedAt}, ${Math.round(durationMs / 1000)} s`,
    `${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / GIBIBYTE)} GiB, ${machine.system}, load ${machine.loadBefore.toFixed(1)} before`,
    `Carrel ${versions.carrel}${commit}, Chromium ${versions.chromium}, Playwright ${versions.playwright}, Node ${versions.node}`,
    'floor: Playwright to browsers that run already, no walls. launch: chromium.launch() for each run. bare: a headless-shell of its own for each run, without sandbox, killed at its end.',
    ...Object.entries(broken).map(([name, why]) => `${name} could not be measured: ${why}`),
  ];
}
