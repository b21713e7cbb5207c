import { once } from 'node:events';
import { Server } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { CarrelError } from '@carrel/protocol';
import { ChromiumProcess, killTree, type ProcessExit } from '../../chromium/index.js';
import { LAUNCHER_COMPLAINT, LAUNCHER_FAILED, type LauncherCommand, launcherArguments, launcherCommand } from './launcher-source.js';
import { NamespaceInit } from './namespace-init.js';
import type { Architecture } from './syscalls.js';

/** Where a browser is to be, before it is known which. */
export interface LauncherSpec {
  tools: SandboxTools;
  /** The browser's own uid outside; undefined when it runs as we do. */
  uid: number | undefined;
  /** `maxFileBytes`: of one file; `maxTasks`: of the browser's own uid, threads too. */
  limits: { maxFileBytes: number; maxTasks: number };
  /** `cgroup.procs` files of the control groups to run in. */
  cgroupFiles: readonly string[];
}

/** The programs that build the walls: absolute paths. */
export interface SandboxTools {
  perl: string;
  bubblewrap: string;
  architecture: Architecture;
}

const CHANNEL_FD = 5;
const INFO_FD = 6;
const COMMAND_FD = 7;
const DEADLINE_MS = 10_000;

/**
 * A process that is where a browser is to be: in its control groups, in its network namespace, under its uid. It listens for the browser's
 * proxy, and waits to be told what to become. Nothing of a browser is in it yet.
 */
export class Launcher {
  /** Number of the file descriptor to which what it becomes writes the pid of the sandbox's first process. */
  static readonly infoFd = INFO_FD;
  readonly process: ChromiumProcess;
  /** Listens on 127.0.0.1 of the browser's network namespace, where nothing runs that could connect to it before `become`. */
  readonly server: Server;
  readonly #uid: number | undefined;
  #hasEnded = false;

  private constructor(process: ChromiumProcess, server: Server, uid: number | undefined) {
    this.process = process;
    this.server = server;
    this.#uid = uid;
    void process.exited.then(() => {
      this.#hasEnded = true;
    });
  }

  /** @throws {CarrelError} `launch_failed` */
  static async start({ tools, uid, limits, cgroupFiles }: LauncherSpec): Promise<Launcher> {
    const started = await ChromiumProcess.spawn({
      command: tools.perl,
      args: launcherArguments({
        architecture: tools.architecture,
        parentPid: process.pid,
        channelFd: CHANNEL_FD,
        infoFd: INFO_FD,
        commandFd: COMMAND_FD,
        uid,
        maxFileBytes: limits.maxFileBytes,
        maxTasks: limits.maxTasks,
        cgroupFiles,
      }),
      cwd: '/',
      env: {},
      moreStdio: ['ipc', 'pipe', 'pipe'],
    });
    // What ends before it has read its orders says why elsewhere.
    (pipeOf(started, COMMAND_FD) as Writable).on('error', () => {});
    try {
      return new Launcher(started, await serverOf(started, untilEndOrDeadline(started)), uid);
    } catch (cause) {
      await killTree(started.pid, uid);
      throw whyNot(await started.exited, cause);
    }
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Tells it what to become; resolves when that says that the walls stand. Once.
   * @throws {CarrelError} `launch_failed`; nothing of it is left then
   */
  async become(command: LauncherCommand): Promise<NamespaceInit> {
    (pipeOf(this.process, COMMAND_FD) as Writable).end(launcherCommand(command));
    try {
      return await initOf(this.process, AbortSignal.timeout(DEADLINE_MS));
    } catch (cause) {
      await this.kill();
      throw whyNot(await this.process.exited, cause);
    }
  }

  /** Ends it, when it is still there. */
  async kill(): Promise<void> {
    this.server.close();
    if (!this.#hasEnded) await killTree(this.process.pid, this.#uid);
  }
}

/** Of both, the end is the first to come, as a rule; the last words are then what says why. */
function untilEndOrDeadline({ exited }: ChromiumProcess): AbortSignal {
  const ended = new AbortController();
  void exited.then(() => ended.abort());
  return AbortSignal.any([ended.signal, AbortSignal.timeout(DEADLINE_MS)]);
}

const pipeOf = ({ child }: ChromiumProcess, fd: number) => (child.stdio as readonly unknown[])[fd];

async function serverOf({ child }: ChromiumProcess, signal: AbortSignal): Promise<Server> {
  const [, server] = (await once(child, 'message', { signal })) as [unknown, unknown];
  if (!(server instanceof Server)) throw new Error('the launcher sent something else than a listening socket');
  return server;
}

/**
 * bubblewrap writes a JSON object with `child-pid`, then more or less, depending on its version. It is read to its end: bubblewrap would be
 * ended by SIGPIPE in the middle of it, and leave a child behind that waits for it. A program that has ended meanwhile was started all the same:
 * its end closes this too, so that nothing else has to be waited for.
 */
async function initOf(launching: ChromiumProcess, signal: AbortSignal): Promise<NamespaceInit> {
  const info = pipeOf(launching, INFO_FD) as Readable;
  signal.addEventListener('abort', () => info.destroy(), { once: true });
  let text = '';
  for await (const chunk of info.setEncoding('utf8')) text += chunk;
  const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1];
  if (pid === undefined) throw new Error('bubblewrap ended before it said what it had started');
  return NamespaceInit.of(Number(pid));
}

function whyNot(exit: ProcessExit, cause: unknown): CarrelError {
  const words = exit.stderr.trim();
  const said = words === '' ? String(cause) : words.split('\n').slice(-3).join(' ');
  const who = exit.code === LAUNCHER_FAILED && words.startsWith(LAUNCHER_COMPLAINT) ? '' : 'bubblewrap: ';
  return new CarrelError('launch_failed', `The sandbox could not be built: ${who}${said}`, {
    cause,
    details: { exitCode: exit.code, signal: exit.signal },
  });
}
