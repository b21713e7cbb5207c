import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine, Versions } from './machine.js';
import type { BenchOptions } from './options.js';
import { eachFound, type Found, type SectionName } from './sections/index.js';

/** Everything that one run of the benchmark found, as it is written: every single measurement, so that it can be looked at again. */
export interface BenchResults {
  /** RFC 3339. */
  startedAt: string;
  durationMs: number;
  /** Of each part. */
  partDurationMs: Partial<Record<SectionName, number>>;
  machine: Machine;
  versions: Versions;
  options: BenchOptions;
  found: Found;
  /** Why parts could not be measured. */
  broken: Partial<Record<SectionName, string>>;
}

const RESULTS_DIRECTORY = fileURLToPath(new URL('../results/', import.meta.url));

/** Writes the results and gives the path of the file. */
export async function writeResults(results: BenchResults): Promise<string> {
  const name = `${results.startedAt.replaceAll(':', '-').replace(/\.\d+/, '')}.json`;
  const path = results.options.jsonFile === undefined ? join(RESULTS_DIRECTORY, name) : resolve(results.options.jsonFile);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(results, null, 1)}\n`);
  return path;
}

/** How much failed of what has to go well. */
export function failureCount({ found, broken }: BenchResults): number {
  const failed = eachFound(found, (section, result) => section.failures?.(result) ?? 0).reduce((sum, count) => sum + count, 0);
  return failed + Object.keys(broken).length;
}
