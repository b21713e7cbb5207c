import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { BrowserKind, IsolationLevel } from '@carrel/protocol';
import type { ChromiumFacts, ProcessExit } from '../chromium/index.js';
import type { ResourceUse } from './limits/index.js';

/** How much of the processors something gets while others want them too: `low` is a sixteenth, where the kernel can do that. */
export type Priority = 'normal' | 'low';

export interface LaunchRequest {
  /** Id of the browser: names its directory. */
  id: string;
  kind: BrowserKind;
  /** Size of the window, in CSS pixels. */
  windowSize: { width: number; height: number };
  /** Further switches of Chromium's. */
  flags?: readonly string[];
  /** IANA name of its time zone. Default: that of the server. */
  timezone?: string;
  /** Further environment, e.g. LANGUAGE. */
  environment?: Readonly<Record<string, string>>;
  /** fontconfig's configuration file (XML, at most 32 KiB) that the browser gets instead of the machine's. */
  fontConfiguration?: string;
  /** Fills the new, empty user-data-dir before anything runs, with files of `uid`'s. What it throws, the launch throws. */
  fillProfile?: (userDataDir: string, uid: number | undefined) => Promise<void>;
  /** Default: `normal`. */
  priority?: Priority;
  /** Takes each connection that the browser makes to its proxy. */
  acceptEgress: (socket: Socket) => void;
  /** Told of what the browser's limits did to it. */
  onIncident?: (incident: IsolationIncident) => void;
}

/** What a browser's limits did. But for the first, there is no way on for the browser: it runs until it is killed, badly. */
export type IsolationIncident =
  /** It came near its limit of memory, and its greediest renderer was ended: that tab has crashed, the browser lives. `endedBytes`: null where the kernel was faster. */
  | { type: 'memory_exceeded'; limitBytes: number; usedBytes: number; endedBytes: number | null }
  /** It came near its limit of memory, and there is no renderer to end. */
  | { type: 'memory_exhausted'; limitBytes: number; usedBytes: number }
  /** It came near its limit of processes and threads: at the limit it could start no renderer any more. */
  | { type: 'tasks_exceeded'; limitTasks: number; usedTasks: number }
  /** It has written more than it may. */
  | { type: 'disk_exceeded'; limitBytes: number; usedBytes: number };

/**
 * A browser behind its walls, as the engine sees it whatever the walls are made of: a stream of CDP, the directories that it shares with
 * the host, its end, and a kill.
 */
export interface IsolatedBrowser {
  /** CDP as NUL-terminated JSON: what the browser writes, and what it reads. */
  readonly readable: Readable;
  readonly writable: Writable;
  readonly directories: BrowserDirectories;
  /** The uid that the browser's processes run under, when it is not ours. */
  readonly uid: number | undefined;
  /** Resolves when the browser's main process has ended. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /**
   * Has its system be in another time zone, of which Chromium hears shortly after, if it watches already. Only where walls allow it
   * (`Isolation.changesTimezone`).
   */
  changeTimezone?(timezone: string): Promise<void>;
  /** Changes how much of the processors it gets, at once. */
  prioritize(priority: Priority): void;
  /** What it uses of the machine now. @throws when it has ended */
  measure(): Promise<ResourceUse>;
  /**
   * Stops all of its processes, so that nothing on disk changes, until what is returned is disposed of.
   * @throws {CarrelError} `page_unresponsive` when one does not stop; then none is stopped
   */
  freeze(): Promise<Disposable>;
  /** Ends all of its processes at once and resolves when none is left. Its directories stay. May be called more than once. */
  kill(): Promise<void>;
  /** Deletes its directories. After `kill`. */
  remove(): Promise<void>;
}

/** Absolute paths on the host. */
export interface BrowserDirectories {
  /** Chromium's user-data-dir. */
  profile: string;
  /** Written by the browser, hostile to us. */
  downloads: string;
  /** Written by us, readable by the browser. */
  uploads: string;
}

/** One way to wall a browser in. */
export interface Isolation {
  readonly level: IsolationLevel;
  /** Why this machine or its operator gets no higher level, and which limits it cannot set. */
  readonly reasons: readonly string[];
  /** Whether browsers may stand still for long: what a server leaves of them that dies meanwhile is found and ended by the next all the same. */
  readonly mayStandStill: boolean;
  /** Whether browsers can be moved to another time zone while they run. */
  readonly changesTimezone: boolean;
  /** What a launch of this kind will run. @throws {CarrelError} `chromium_not_found` or `launch_failed` */
  chromium(kind: BrowserKind): Promise<ChromiumFacts>;
  /** @throws {CarrelError} `chromium_not_found` or `launch_failed` */
  launch(request: LaunchRequest): Promise<IsolatedBrowser>;
  /**
   * Keeps made ahead what is the same for every launch, for so many launches at normal priority, until what is returned is disposed of.
   * Resolves when the first of them are made.
   */
  makeAhead(launches: number): Promise<AsyncDisposable>;
  /** Ends and deletes what an earlier process with the same run directory left behind; returns the ids of those browsers. */
  sweep(): Promise<string[]>;
}
