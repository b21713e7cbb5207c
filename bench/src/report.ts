import { goalTable } from './goals.js';
import type { BenchResults } from './results.js';
import { eachFound } from './sections/index.js';

const MEBIBYTE = 1024 * 1024;

/** The whole report as plain text. */
export function report(results: BenchResults): string {
  const { found } = results;
  const goals = eachFound(found, (section, result) => section.goals?.(result) ?? []).flat();
  return [
    about(results),
    ...eachFound(found, (section, result) => section.tables(result)).flat(),
    ...(goals.length === 0 ? [] : [goalTable(goals)]),
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
