import { constants } from 'node:os';
import { type ChromiumProcess, killTree, type ProcessExit, signalGroup } from '../../chromium/index.js';
import { EgressListener } from '../egress-listener.js';
import type { BrowserDirectories, LaunchRequest } from '../isolation.js';
import { bubblewrapArguments } from './bubblewrap.js';
import { Launcher, type LauncherSpec } from './launcher.js';
import type { NamespaceInit } from './namespace-init.js';
import { seccompFilter } from './seccomp.js';
import type { SystemView } from './system-view.js';
import type { SandboxTimezone } from './timezone.js';

/** What is to run, and behind which walls. */
export interface SandboxSpec extends Pick<LauncherSpec, 'tools' | 'uid'> {
  view: SystemView;
  args: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Its own, which can be changed; without one, that of its environment. */
  timezone?: SandboxTimezone;
  /** Small read-only files of its own: their contents, by their paths in the sandbox. */
  files?: Readonly<Record<string, string>>;
  /** Shared with the host; none, when absent. */
  directories?: BrowserDirectories;
  limits: Pick<SandboxLimits, 'temporaryBytes' | 'sharedMemoryBytes'>;
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
  static async start(spec: LauncherSpec & SandboxSpec): Promise<SandboxedProcess> {
    return await SandboxedProcess.build(await Launcher.start(spec), spec);
  }

  /** The same, where a launcher waits already. @throws as `start` does */
  static async build(launcher: Launcher, spec: SandboxSpec): Promise<SandboxedProcess> {
    const { tools, uid } = spec;
    const { args, data } = bubblewrapArguments({
      view: spec.view,
      directories: spec.directories,
      environment: spec.environment,
      timezone: spec.timezone,
      files: spec.files ?? {},
      infoFd: Launcher.infoFd,
      temporaryBytes: spec.limits.temporaryBytes,
      sharedMemoryBytes: spec.limits.sharedMemoryBytes,
      seccompFilter: seccompFilter(tools.architecture),
      args: spec.args,
    });
    const listener = EgressListener.adopt(launcher.server, spec.acceptEgress);
    const init = await launcher.become({ command: [tools.bubblewrap, ...args], data });
    return new SandboxedProcess(launcher.process, init, listener, uid);
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

/** bubblewrap tells of a program that was ended by a signal as shells do, by 128 plus its number. */
function asOfTheProgram(exit: ProcessExit): ProcessExit {
  if (exit.code === null || exit.code <= 128) return exit;
  const number = exit.code - 128;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0] as NodeJS.Signals | undefined;
  return signal === undefined ? exit : { ...exit, code: null, signal };
}
