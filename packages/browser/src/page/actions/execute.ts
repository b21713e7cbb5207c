import { type Action, type ActionFailure, type ActionResult, type ActionType, CarrelError } from '@carrel/protocol';
import { attend, type Outcome } from '../attend.js';
import { Deadline } from '../deadline.js';
import { type Emit, loggableUrl } from '../events.js';
import type { PlaywrightLink } from '../playwright.js';
import { noSuchTab, type TabState, TOO_MANY_TABS } from '../tab.js';

import { type ActionContext, ActionFailed, type ActionParts, type Done } from './action-context.js';
import { explain, isGone } from './explain.js';
import { fillSecret, type SecretFill } from './fill-secret.js';
import { ACTIONS, type ActionKind } from './handlers.js';
import { navigationFailed } from './navigation.js';
import { labelOf, type Place } from './place.js';
import { type Changes, changesSince, rememberBefore, settle } from './settle.js';

export interface ExecuteParts extends ActionParts {
  playwright: PlaywrightLink;
  emit: Emit;
}

/** What came of an action: something done, or why not. */
type Verdict = { done: Done } | { failed: ActionFailed };

const PROBE_MS = 300;
const MAX_QUOTE_CHARS = 200;
const NAVIGATIONS: ReadonlySet<ActionType> = new Set(['goto', 'back', 'forward', 'reload', 'newTab']);

/**
 * Does one action and says what happened and what changed. A failed action is an answer, not an error.
 *
 * A tab that a page opens is reported in `changes.newTabs` and not switched to: calls that name no tab go on to the tab where the agent
 * was, until it decides otherwise. An action that opens a dialog has succeeded; the dialog is in `changes.dialog`.
 * @throws {CarrelError} `browser_crashed` when the browser is gone, `invalid_request`; or the reason of `signal`
 */
export function execute(parts: ExecuteParts, action: Action, signal?: AbortSignal): Promise<ActionResult> {
  return perform(parts, ACTIONS[action.type] as ActionKind<ActionType>, action, signal);
}

/** Fills in a secret, as an action that nobody can read the value of. */
export function executeFill(parts: ExecuteParts, fill: SecretFill, signal?: AbortSignal): Promise<ActionResult> {
  const kind: ActionKind<'fill'> = { ...ACTIONS.fill, run: (_, context) => fillSecret(fill, context) };
  return perform(parts, kind as ActionKind<ActionType>, { type: 'fill', ref: fill.ref, value: '' }, signal);
}

async function perform(parts: ExecuteParts, kind: ActionKind<ActionType>, action: Action, signal?: AbortSignal): Promise<ActionResult> {
  const startedAt = performance.now();
  const deadline = new Deadline(actionTimeoutMs(action));
  const named = 'tabId' in action ? action.tabId : undefined;
  const found = parts.tabs.find(named);
  const at = found ?? parts.tabs.active();
  if (at === undefined && action.type !== 'newTab') throw new CarrelError('not_found', noSuchTab(undefined));
  const before = at === undefined ? undefined : rememberBefore(parts, at);
  const isRefused = action.type === 'newTab' && at !== undefined && parts.tabs.isFull;
  const tab = action.type === 'newTab' && !isRefused ? await parts.tabs.open(deadline) : (at as TabState);
  const start = before ?? { ...rememberBefore(parts, tab), tabs: new Set<TabState>() };
  const isMissing = found === undefined && action.type !== 'newTab';
  const hindrance = isRefused
    ? new ActionFailed('too_many_tabs', TOO_MANY_TABS)
    : isMissing
      ? new ActionFailed('tab_not_found', noSuchTab(named))
      : undefined;
  const verdict = hindrance === undefined ? await run(parts, kind, action, tab, deadline, signal) : { failed: hindrance };
  if ('done' in verdict && kind.on !== 'look') {
    await settle(parts, tab, { ...start, ...(tab === at ? {} : { commits: tab.commits }) }, deadline, signal);
  }
  signal?.throwIfAborted();
  await parts.tabs.refresh(tab);
  const changes = changesSince(parts, tab, tab === at ? start : { ...start, url: tab.url });
  const result = resultOf(action, tab, verdict, changes, parts);
  parts.emit('action.executed', { type: action.type, success: result.success });
  return { ...result, durationMs: Math.round(performance.now() - startedAt) };
}

/** How long an action may take. */
export function actionTimeoutMs(action: Action): number {
  if ('timeoutMs' in action && action.timeoutMs !== undefined) return action.timeoutMs;
  const waitMs = action.type === 'wait' ? (action.timeMs ?? 0) : 0;
  return ACTIONS[action.type].timeoutMs + waitMs;
}

async function run(
  parts: ExecuteParts,
  kind: ActionKind<ActionType>,
  action: Action,
  tab: TabState,
  deadline: Deadline,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  const perform = (stop: AbortSignal) => {
    const context: ActionContext = { ...parts, tab, deadline, signal: stop, page: () => parts.playwright.page(tab, deadline, stop) };
    return kind.run(action as never, context);
  };
  if (kind.on === 'browser') {
    const done = perform(signal ?? new AbortController().signal);
    return done.then(
      (value) => ({ done: value }),
      (error: unknown) => ({ failed: asFailure(error, action, tab, deadline) }),
    );
  }
  const hindrance = hindered(tab);
  if (hindrance !== undefined) return { failed: hindrance };
  if (deadline.remainingMs === 0)
    return { failed: new ActionFailed('timeout', `Nothing was done: the time given was ${deadline.timeoutMs} ms.`) };
  const outcome = await attend(tab, deadline, signal, (stop) =>
    kind.on === 'look'
      ? perform(stop)
      : tab.inTurn(() => {
          stop.throwIfAborted();
          return perform(stop);
        }),
  );
  return verdictOn(outcome, parts, action, tab, deadline);
}

function hindered(tab: TabState): ActionFailed | undefined {
  if (tab.obstacle === 'crashed') return crashed();
  if (tab.dialog === undefined) return undefined;
  const { type, message } = tab.dialog;
  return new ActionFailed(
    'dialog_open',
    `${article(type)} is open (${JSON.stringify(clip(message))}): answer it first, by an action of type dialog.`,
  );
}

const crashed = () => new ActionFailed('page_crashed', 'The page crashed: close this tab and open a new one.');
/** With a sign that there was more: what is cut in the middle of a secret is known by it. */
const clip = (text: string) => (text.length <= MAX_QUOTE_CHARS ? text : `${text.slice(0, MAX_QUOTE_CHARS)}…`);
const article = (type: string) => `${type === 'alert' ? 'An' : 'A'} ${type} dialog`;

async function verdictOn(outcome: Outcome<Done>, parts: ExecuteParts, action: Action, tab: TabState, deadline: Deadline): Promise<Verdict> {
  switch (outcome.kind) {
    case 'done':
      return { done: outcome.value };
    case 'dialog':
      return { done: { message: `${action.type} opened a dialog, and the page stands still until it is answered` } };
    case 'crashed':
      return { failed: crashed() };
    case 'closed':
      if (action.type === 'wait' || NAVIGATIONS.has(action.type))
        return { failed: new ActionFailed('tab_not_found', 'The tab was closed meanwhile.') };
      return { done: { message: `${action.type} closed the tab` } };
    case 'timeout':
      return { failed: unanswered(parts, tab, deadline) };
    case 'failed':
      break;
  }
  const failed = asFailure(outcome.error, action, tab, deadline);
  if (failed.failure !== 'not_found' && failed.failure !== 'timeout') return { failed };
  if (!(await isResponsive(parts, tab))) return { failed: unanswered(parts, tab, deadline) };
  if (failed.failure !== 'not_found' || !(await isThere(parts, action, tab))) return { failed };
  const what = labelOf(tab, placeOf(action));
  return {
    failed: new ActionFailed('timeout', `${what} is there, but nothing was done within ${deadline.timeoutMs} ms: give more time.`, failed),
  };
}

/** Whether what was not found in time can be found after all: the time was too short even to look. */
async function isThere({ playwright }: ExecuteParts, action: Action, tab: TabState): Promise<boolean> {
  const { selector } = placeOf(action);
  if (selector === undefined) return false;
  const deadline = new Deadline(PROBE_MS);
  const outcome = await attend(tab, deadline, undefined, async (stop) =>
    (await playwright.page(tab, deadline, stop)).locator(selector).count(),
  );
  return outcome.kind === 'done' && outcome.value > 0;
}

/** @throws {CarrelError} what is an error of the call and not of the action */
function asFailure(error: unknown, action: Action, tab: TabState, { timeoutMs }: Deadline): ActionFailed {
  if (error instanceof ActionFailed) return error;
  if (error instanceof CarrelError && error.code !== 'page_unresponsive') throw error;
  if (error instanceof CarrelError)
    return new ActionFailed('timeout', `The page did not answer within ${timeoutMs} ms: its scripts are busy.`, error);
  if (isGone(error))
    return new ActionFailed('stale_ref', 'The page went on to another one while the action was done: observe again.', error);
  const place = placeOf(action);
  if (place.ref !== undefined || place.selector !== undefined)
    return explain(error, labelOf(tab, place), { isRef: place.ref !== undefined }, timeoutMs);
  if (NAVIGATIONS.has(action.type)) return navigationFailed(error);
  return explain(error, 'The page', { isRef: true }, timeoutMs);
}

const placeOf = (action: Action): Place => ('ref' in action || 'selector' in action ? action : {});

function unanswered({ tabs }: ExecuteParts, tab: TabState, { timeoutMs }: Deadline): ActionFailed {
  const blocking = tabs.all().find((other) => other !== tab && other.dialog !== undefined);
  const why = blocking === undefined ? 'its scripts are busy' : `a dialog is open in the tab ${blocking.id}, which may hold it up`;
  return new ActionFailed('timeout', `The page did not answer within ${timeoutMs} ms: ${why}.`);
}

async function isResponsive({ session }: ExecuteParts, tab: TabState): Promise<boolean> {
  // While a page is on its way to the next one, Chromium holds such questions back.
  if (tab.sessionId === undefined || tab.obstacle !== undefined || tab.isNavigating) return true;
  return session.send('Runtime.evaluate', { expression: '0' }, { sessionId: tab.sessionId, timeoutMs: PROBE_MS }).then(
    () => true,
    () => false,
  );
}

function resultOf(
  action: Action,
  tab: TabState,
  verdict: Verdict,
  changes: Changes,
  parts: ExecuteParts,
): Omit<ActionResult, 'durationMs'> {
  const common = { type: action.type, tabId: tab.id, url: tab.url, title: tab.title, changes };
  if ('failed' in verdict) {
    const { failure, message } = verdict.failed;
    return { success: false, message, failure: failure satisfies ActionFailure, ...common };
  }
  const { message, value, file, screenshot } = verdict.done;
  return {
    success: true,
    message: [message, ...consequences(action, changes, parts)].map((sentence) => `${sentence}.`).join(' '),
    ...common,
    ...(value === undefined ? {} : { value }),
    ...(file === undefined ? {} : { file }),
    ...(screenshot === undefined ? {} : { screenshot }),
  };
}

/** What changed, in sentences, with what to do about it. */
function consequences(action: Action, { url, newTabs, downloads, dialog }: Changes, { tabs }: ExecuteParts): string[] {
  const sentences: string[] = [];
  if (url !== undefined && !NAVIGATIONS.has(action.type)) sentences.push(`The tab is now at ${loggableUrl(url.to)}`);
  for (const tab of action.type === 'newTab' || action.type === 'closeTab' ? [] : (newTabs ?? [])) {
    sentences.push(`A new tab opened (${tab.id}, ${loggableUrl(tab.url) || 'still loading'}); to work there, use switchTab`);
  }
  if (action.type !== 'download') for (const file of downloads ?? []) sentences.push(`Downloaded ${JSON.stringify(file.name)}`);
  if (dialog !== undefined) {
    sentences.push(`${article(dialog.type)} is open (${JSON.stringify(clip(dialog.message))}); answer it with an action of type dialog`);
  }
  if (action.type === 'closeTab') sentences.push(`The active tab is now ${loggableUrl(tabs.active()?.url ?? '')}`);
  return sentences;
}
