import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeLeftovers, endProcesses, leftFiles, processesNaming, waitForQuiet } from './leftovers.js';

/** How long what a test has closed may take to be gone: the kernel reaps a killed tree a little after `kill` returns. */
const GRACE_MS = 10_000;

/**
 * Gives the run a temporary directory of its own, and fails the run when at its end a file is left in it or a process that names it
 * is alive. Tests need do nothing for it but use `os.tmpdir()`. What is made once for all tests of the run goes to `TEST_SHARED_DIR`.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const before = process.env.TMPDIR;
  const directory = await mkdtemp(join(tmpdir(), 'ct-'));
  // As /tmp is: browsers run under uids of their own.
  await chmod(directory, 0o1777);
  process.env.TMPDIR = directory;
  const shared = `${directory}-shared`;
  await mkdir(shared, { mode: 0o711 });
  process.env.TEST_SHARED_DIR = shared;

  return async () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    delete process.env.TEST_SHARED_DIR;
    await waitForQuiet(directory, GRACE_MS);
    const processes = await processesNaming(directory);
    const files = await leftFiles(directory);
    await endProcesses(processes);
    for (const path of [directory, shared]) await rm(path, { recursive: true, force: true });
    if (processes.length + files.length === 0) return;
    // Vitest prints what a teardown throws but does not fail the run for it.
    process.exitCode = 1;
    throw new Error(describeLeftovers(processes, files));
  };
}
