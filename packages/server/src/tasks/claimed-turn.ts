import type { TurnEvent, TurnOutcome } from '@carrel/agent';
import type { ModelUsage, Proxies, SubmitTaskRequest, TaskContext, TaskEventData, TaskEventType } from '@carrel/protocol';

/**
 * A turn that this server has taken, and runs. All that it writes is fenced: it throws {LeaseLost} once the turn is no longer ours.
 */
export interface ClaimedTurn {
  readonly taskId: string;
  readonly sessionId: string;
  readonly projectId: string;
  readonly endUserId: string;
  readonly request: Omit<SubmitTaskRequest, 'proxies'>;
  readonly proxies: Proxies | undefined;
  /** The model to ask first; `request.fallbackModels` follow. */
  readonly model: string;
  readonly context: TaskContext;
  /** 1 the first time. */
  readonly attempt: number;
  /** What the models of the attempts before were used for. */
  readonly usageBefore: readonly ModelUsage[];
  /** Ends it: cancelled, out of time ({TurnEnded}), no longer ours ({LeaseLost}), or the server shuts down. */
  readonly signal: AbortSignal;
  /** A line in its log, which webhooks hear of too. */
  log(type: TaskEventType, data: TaskEventData): Promise<void>;
  /** Writes down a step as it happens: the log, and what the row says of steps, usage, places and pictures. */
  record(event: TurnEvent): Promise<void>;
  /** Its browser is there. */
  browserOpened(browserId: string): Promise<void>;
  /** It is on its start page, before its first step. */
  visited(url: string): Promise<void>;
  /** From now on it has acted on a page. */
  firstAction(): Promise<void>;
  /** Resolves when it may go on. */
  whenNotPaused(signal: AbortSignal): Promise<void>;
  /** Pauses it with a question to a person. @throws {HumanTimeout} */
  askHuman(question: string, signal: AbortSignal): Promise<string>;
  /** Pauses it while a person does something in its browser. */
  waitForHuman(wait: HumanWait, signal: AbortSignal): Promise<void>;
}

/** What a turn waits for that a person does in its browser. */
export interface HumanWait {
  readonly reason: 'captcha' | 'control';
  /** What the person is to do; null: they know. */
  readonly wish: string | null;
  /** How long they have; null: as long as they like. */
  readonly expiresAt: Date | null;
  /** Resolves when it is done (true), or nobody does it any more; it never rejects. */
  readonly over: Promise<boolean>;
}

/** What came of a turn. */
export interface TurnEnd extends TurnOutcome {
  readonly htmlDump: string | null;
}

/** Runs a turn from its browser to its result. What it throws, other than {LeaseLost}, is a defect (`internal`). */
export type RunTurn = (turn: ClaimedTurn) => Promise<TurnEnd>;

/** Another server has the turn, or it is over: whoever ran it stops, and writes nothing more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}
