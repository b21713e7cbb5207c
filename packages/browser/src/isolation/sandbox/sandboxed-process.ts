import { once } from 'node:events';
import { Server } from 'node:net';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { CarrelError } from '@carrel/protocol';
import { ChromiumProcess, killTree, type ProcessExit, signalGroup } from '../../chromium/index.js';
import { EgressListener } from '../egress-listener.js';
import type { BrowserDirectories, LaunchRequest } from '../isolation.js';
import { bubblewrapArguments } from './bubblewrap.js';
import { LAUNCHER_COMPLAINT, LAUNCHER_FAILED, launcherArguments } from './launcher.js';
import { NamespaceInit } from './namespace-init.js';
import { seccompFilter } from './seccomp.js';
import type { Architecture } from './syscalls.js';
import type { SystemView } from './system-view.js';
import type { SandboxTimezone } from './timezone.js';

/** What is to run, and behind which walls. */
export interface SandboxSpec {
  tools: SandboxTools;
  view: SystemView;
  args: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Its own, which can be changed; without one, that of its environment. */
  timezone?: SandboxTimezone;
  /** Small read-only files of its own: their contents, by their paths in the sandbox. */
  files?: Readonly<Record<string, string>>;
  /** Shared with the host; none, when absent. */
  directories?: BrowserDirectories;
  /** The browser's own uid outside; undefined when it runs as we do. */
  uid: number | undefined;
  limits: SandboxLimits;
  /** `cgroup.procs` files of the control groups to run in. */
  cgroupFiles: readonly string[];
  acceptEgress: LaunchRequest['acceptEgress'];
}

/** Sizes in bytes. */
export interface SandboxLimits {
  temporaryBytes: number;
  sharedMemoryBytes: number;
  /** Of one file. */
  maxFileBytes: number;
  /** Tasks of the browser's own uid, threads too. */
  maxTasks: number;
}

/** The programs that build the walls: absolute paths. */
export interface SandboxTools {
  perl: string;
  bubblewrap: string;
  architecture: Architecture;
}

const CHANNEL_FD = 5;
const INFO_FD = 6;
const START_DEADLINE_MS = 10_000;
const END_DEADLINE_MS = 5_000;

/** A program in a sandbox of its own, and the connections that it makes to its proxy. */
export class SandboxedProcess {
  readonly process: ChromiumProcess;
  /** How the program ended, not what walls it in. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** The first process of the pid namespace: all others end with it. */
  readonly init: NamespaceInit;
  readonly #listener: EgressListener;
  readonly #uid: number | undefined;

  private constructor(process: ChromiumProcess, init: NamespaceInit, listener: EgressListener, uid: number | undefined) {
    this.process = process;
    this.init = init;
    this.#listener = listener;
    this.#uid = uid;
    this.exited = process.exited.then(asOfTheProgram);
  }

  /**
   * Resolves when the walls stand; the program has only begun to start then.
   * @throws {CarrelError} `launch_failed` when they cannot be built
   */
  static async start(spec: SandboxSpec): Promise<SandboxedProcess> {
    const { tools, uid } = spec;
    const { args, data } = bubblewrapArguments({
      view: spec.view,
      directories: spec.directories,
      environment: spec.environment,
      timezone: spec.timezone,
      files: spec.files ?? {},
      infoFd: INFO_FD,
      temporaryBytes: spec.limits.temporaryBytes,
      sharedMemoryBytes: spec.limits.sharedMemoryBytes,
      seccompFilter: seccompFilter(tools.architecture),
      args: spec.args,
    });
    const launching = await ChromiumProcess.spawn({
      command: tools.perl,
      args: launcherArguments({
        architecture: tools.architecture,
        parentPid: process.pid,
        channelFd: CHANNEL_FD,
        infoFd: INFO_FD,
        uid,
        maxFileBytes: spec.limits.maxFileBytes,
        maxTasks: spec.limits.maxTasks,
        cgroupFiles: spec.cgroupFiles,
        data,
        command: [tools.bubblewrap, ...args],
      }),
      cwd: '/',
      env: {},
      moreStdio: ['ipc', 'pipe'],
    });
    const ended = new AbortController();
    // The first to come of both, the end and the deadline; the last words are what says why.
    void launching.exited.then(() => ended.abort());
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(START_DEADLINE_MS)]);
    const handedOver = listenerOf(launching, spec.acceptEgress, signal);
    try {
      const [listener, init] = await Promise.all([handedOver, initOf(launching, signal)]);
      return new SandboxedProcess(launching, init, listener, uid);
    } catch (cause) {
      await killTree(launching.pid, uid);
      await handedOver.then((listener) => listener.close()).catch(() => {}); // it never came: that is told below
      throw whyNot(await launching.exited, cause);
    }
  }

  /** Ends everything in the sandbox at once and resolves when nothing of it is left. May be called more than once. */
  async kill(): Promise<void> {
    this.#listener.close();
    // The kernel ends a pid namespace as a whole: when its first process is gone, so is whatever ran there, however it tried to get away.
    try {
      await this.init.kill(END_DEADLINE_MS);
    } catch (error) {
      await killTree(this.process.pid, this.#uid);
      throw error;
    }
    // What is left is bubblewrap outside, our own child, which ends by itself now. To look for it among all processes of the machine would cost
    // more than all else that we do for a browser.
    signalGroup(this.process.pid, 'SIGKILL');
    await this.process.exited;
  }
}

async function listenerOf({ child }: ChromiumProcess, accept: LaunchRequest['acceptEgress'], signal: AbortSignal): Promise<EgressListener> {
  const [, server] = (await once(child, 'message', { signal })) as [unknown, unknown];
  if (!(server instanceof Server)) throw new Error('the launcher sent something else than a listening socket');
  return EgressListener.adopt(server, accept);
}

/**
 * bubblewrap writes a JSON object with `child-pid`, then more or less, depending on its version. It is read to its end: bubblewrap would be
 * ended by SIGPIPE in the middle of it, and leave a child behind that waits for it.
 */
async function initOf({ child }: ChromiumProcess, signal: AbortSignal): Promise<NamespaceInit> {
  const info = (child.stdio as readonly unknown[])[INFO_FD] as Readable;
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

/** bubblewrap tells of a program that was ended by a signal as shells do, by 128 plus its number. */
function asOfTheProgram(exit: ProcessExit): ProcessExit {
  if (exit.code === null || exit.code <= 128) return exit;
  const number = exit.code - 128;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0] as NodeJS.Signals | undefined;
  return signal === undefined ? exit : { ...exit, code: null, signal };
}
