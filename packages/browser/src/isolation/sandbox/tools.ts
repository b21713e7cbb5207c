import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxTools } from './launcher.js';
import { isSupported } from './syscalls.js';

/** Not `PATH`: the walls are built by the system's own programs. */
const PROGRAM_DIRECTORIES = ['/usr/bin', '/bin', '/usr/local/bin', '/run/current-system/sw/bin'];

/** Finds what builds sandboxes, or says what is missing and how it is had. */
export async function findTools(): Promise<SandboxTools | { reason: string; mend: string }> {
  if (process.platform !== 'linux') {
    return { reason: `Sandboxes are built from namespaces, which ${process.platform} does not have.`, mend: 'Run the server on Linux' };
  }
  if (!isSupported(process.arch)) {
    return { reason: `There is no filter of system calls for ${process.arch}.`, mend: 'Run the server on x64 or arm64' };
  }
  const [perl, bubblewrap] = await Promise.all([find('perl'), find('bwrap')]);
  if (bubblewrap === undefined) return { reason: 'bubblewrap is not installed.', mend: installing('bubblewrap') };
  if (perl === undefined) return { reason: 'perl is not installed.', mend: installing('perl-base') };
  return { perl, bubblewrap, architecture: process.arch };
}

const installing = (name: string) => `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y ${name}`;

async function find(name: string): Promise<string | undefined> {
  for (const path of PROGRAM_DIRECTORIES.map((directory) => join(directory, name))) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
