import type { Action, ActionFailure, ActionResult, ActionType, NetworkFailure } from '@carrel/protocol';
import type { Page } from 'playwright-core';
import type { CdpSession } from '../../cdp/index.js';
import type { Deadline } from '../deadline.js';
import type { Downloads, FileStore } from '../files/index.js';
import type { PointerTrail } from '../pointer-trail.js';
import type { TabState } from '../tab.js';
import type { TabList } from '../tabs.js';

/** What actions work with. */
export interface ActionParts {
  session: CdpSession;
  tabs: TabList;
  files: FileStore;
  downloads: Downloads;
  /** Why the browser's proxy last did not reach where a URL points, as far as it knows. */
  lastFailure: (url: URL) => NetworkFailure | undefined;
  /** Is told where actions press. */
  pointer: PointerTrail;
}

/** One action's view of things. */
export interface ActionContext extends ActionParts {
  tab: TabState;
  deadline: Deadline;
  /** Fires when nothing is to go on: the time is over, the caller left, a dialog opened. */
  signal: AbortSignal;
  /** Playwright's page of the tab. */
  page(): Promise<Page>;
}

/** What a handler says of an action that worked. */
export interface Done extends Pick<ActionResult, 'value' | 'file' | 'screenshot'> {
  /** What happened, a sentence without its full stop. */
  message: string;
  /** The tab that the result is about, when it is not the one that the action named. */
  tab?: TabState;
}

export type ActionOf<T extends ActionType> = Extract<Action, { type: T }>;
export type Handler<T extends ActionType> = (action: ActionOf<T>, context: ActionContext) => Promise<Done>;

/** An action that could not be done, with what the caller is told. */
export class ActionFailed extends Error {
  override readonly name = 'ActionFailed';
  readonly failure: ActionFailure;

  constructor(failure: ActionFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

/** Options that every waiting call of Playwright takes. */
export const waiting = ({ deadline, signal }: ActionContext) => ({ timeout: deadline.remainingOrOneMs, signal });
