import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { makeHome, removeHome } from '../isolation/directories.js';
import { makeRunDirectory } from '../isolation/index.js';
import type { BrowserDirectories, LaunchRequest } from '../isolation/isolation.js';
import { SandboxedProcess, type SandboxLimits } from '../isolation/sandbox/sandboxed-process.js';
import { systemViewOf } from '../isolation/sandbox/system-view.js';
import { SandboxTimezone } from '../isolation/sandbox/timezone.js';
import { findTools } from '../isolation/sandbox/tools.js';
import { UidAllocator } from '../isolation/uids.js';

const MEBIBYTE = 1024 * 1024;
const LIMITS: SandboxLimits = { temporaryBytes: MEBIBYTE, sharedMemoryBytes: MEBIBYTE, maxFileBytes: 2 * MEBIBYTE, maxTasks: 400 };
const PERL = '/usr/bin/perl';

/** Perl writes what it finds to the pipe on which Chromium would answer. */
const PRELUDE = `use strict; open(my $out, '>&=', 4) or die; select $out; $| = 1;
sub contents { open(my $file, '<', $_[0]) or return "no: $!"; local $/; my $all = <$file>; defined $all ? $all : "no: $!" }
sub names { opendir(my $directory, $_[0]) or return "no: $!"; join ' ', sort grep { !/^\\.\\.?$/ } readdir $directory }
`;

export interface InsideOptions {
  acceptEgress?: LaunchRequest['acceptEgress'];
  limits?: Partial<SandboxLimits>;
  cgroupFiles?: readonly string[];
  files?: Readonly<Record<string, string>>;
  timezone?: string;
}

/** A program of somebody who has taken over a browser: it runs behind the very walls that Chromium runs behind. */
export interface Inside extends AsyncDisposable {
  readonly sandboxed: SandboxedProcess;
  readonly directories: BrowserDirectories;
  readonly output: Readable;
}

export async function startInside(script: (directories: BrowserDirectories) => string, options: InsideOptions = {}): Promise<Inside> {
  const tools = await findTools();
  if ('reason' in tools) throw new Error(tools.reason);
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  const runDirectory = await makeRunDirectory(dataDir, { othersMustEnter: process.getuid?.() === 0 });
  const uid = (await UidAllocator.create())?.take();
  const { path, directories } = await makeHome(join(runDirectory, 'br_inside'), uid);
  const remove = async () => {
    await removeHome(runDirectory);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const sandboxed = await SandboxedProcess.start({
      tools,
      view: await systemViewOf(PERL),
      args: ['-e', PRELUDE + script(directories)],
      environment: { HOME: directories.profile },
      files: options.files ?? {},
      ...(options.timezone !== undefined && { timezone: await SandboxTimezone.make(path, options.timezone) }),
      directories,
      uid,
      limits: { ...LIMITS, ...options.limits },
      cgroupFiles: options.cgroupFiles ?? [],
      acceptEgress: options.acceptEgress ?? ((socket) => socket.destroy()),
    });
    const end = async () => {
      await sandboxed.kill();
      await remove();
    };
    return { sandboxed, directories, output: sandboxed.process.readable, [Symbol.asyncDispose]: end };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What a script in a sandbox prints, to its end. */
export async function inside(script: string | ((directories: BrowserDirectories) => string), options?: InsideOptions): Promise<string> {
  await using started = await startInside(typeof script === 'string' ? () => script : script, options);
  const said = await text(started.output);
  const { code, stderr } = await started.sandboxed.exited;
  if (code !== 0) throw new Error(`the script ended with ${code}: ${stderr}`);
  return said;
}

/** What the same script prints on the host, with no walls but what any user has: proof that it could find something. */
export async function outside(script: string, as: { uid: number } | undefined = undefined): Promise<string> {
  const account = as === undefined ? {} : { uid: as.uid, gid: as.uid };
  const child = spawn(PERL, ['-e', PRELUDE + script], {
    stdio: ['ignore', 'ignore', 'inherit', 'ignore', 'pipe'],
    env: {},
    cwd: '/',
    ...account,
  });
  return await text(child.stdio[4] as Readable);
}
