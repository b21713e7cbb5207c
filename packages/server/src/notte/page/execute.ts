import { Script } from 'node:vm';
import { type Action, CarrelError, type ErrorCode } from '@carrel/protocol';
import { NotSupported } from '../wire/errors.js';
import { type ElementAction, echoed, type NotteAction, type NotteActionOf, type NotteActionType } from './actions.js';
import { fillForm } from './form-fill.js';
import { type ActionCall, type Done, native } from './native.js';
import { ActionRefused, type Place, placeOf } from './place.js';
import { fillFromVault } from './vault-fill.js';
import { withScheme } from './with-scheme.js';

/** The most that clients wait for a captcha, less what an answer takes. */
const CAPTCHA_MS = 90_000;
const EVALUATE_MS = 45_000;
const NAVIGATION_MS = 45_000;
const TYPING_DELAY_MS = 50;

/** The answer of `POST …/page/execute`. A failed action is an answer too. */
export async function execute(action: NotteAction, call: ActionCall) {
  const startedAt = new Date();
  const { success, message, data } = await attempt(action, call);
  const result = {
    started_at: startedAt.toISOString(),
    ended_at: new Date().toISOString(),
    action: echoed(action),
    success,
    message,
    data: data ?? null,
    exception: success ? null : message,
  };
  call.session.tell('execution_result', result);
  return result;
}

async function attempt(action: NotteAction, call: ActionCall): Promise<Done> {
  try {
    return await (HANDLERS[action.type] as Handler<NotteActionType>)(action, call);
  } catch (error) {
    if (isAnswer(error)) return { success: false, message: error.message };
    throw error;
  }
}

/** What is wrong with the action, or with the page that it is done on. */
const OF_THE_ACTION: readonly ErrorCode[] = ['invalid_request', 'payload_too_large', 'page_unresponsive'];

/** Whether an action failed, and not the session: then the client goes on in it. */
const isAnswer = (error: unknown): error is Error =>
  error instanceof ActionRefused || error instanceof NotSupported || (error instanceof CarrelError && OF_THE_ACTION.includes(error.code));

type Handler<T extends NotteActionType> = (action: NotteActionOf<T>, call: ActionCall) => Promise<Done>;

const NO_MAILBOX = 'There are no mailboxes and telephone numbers here (personas): read the message in your own, and fill in what it says.';

const HANDLERS: { readonly [T in NotteActionType]: Handler<T> } = {
  goto: ({ url, wait_until: waitUntil }, call) =>
    native({ type: 'goto', url: withScheme(url), ...(waitUntil && { waitUntil }), timeoutMs: NAVIGATION_MS }, call),
  goto_new_tab: ({ url }, call) => native({ type: 'newTab', url: withScheme(url), timeoutMs: NAVIGATION_MS }, call),
  close_tab: (_, call) => native({ type: 'closeTab' }, call),
  switch_tab: async ({ tab_index: index }, call) => {
    const tabs = await call.session.browser.engine.use(async (pages) => pages.tabs());
    const tab = tabs.at(index);
    if (tab === undefined) throw new ActionRefused(`There is no tab ${index}: there are ${tabs.length}, counted from 0; -1 is the last.`);
    return await native({ type: 'switchTab', tabId: tab.id }, call);
  },
  go_back: (_, call) => native({ type: 'back', timeoutMs: NAVIGATION_MS }, call),
  go_forward: (_, call) => native({ type: 'forward', timeoutMs: NAVIGATION_MS }, call),
  reload: (_, call) => native({ type: 'reload', timeoutMs: NAVIGATION_MS }, call),
  wait: ({ time_ms: timeMs }, call) => native({ type: 'wait', timeMs }, call),
  press_key: ({ key }, call) => native({ type: 'press', key }, call),
  scroll_up: (action, call) => scroll('up', action, call),
  scroll_down: (action, call) => scroll('down', action, call),
  captcha_solve: (_, call) => solveCaptcha(call),
  // Of an agent, these end its work; of a program, they say something and do nothing.
  help: async ({ reason }) => ({
    success: false,
    message: `Nobody was asked: give the viewer_url of the session to whoever can help. ${reason}`,
  }),
  completion: async ({ success, answer }) => ({ success, message: answer }),
  scrape: async (action, call) => ({
    success: true,
    message: 'Scraped the page',
    data: await call.scraper.scrape(call.session, action, call),
  }),
  email_read: async () => ({ success: false, message: NO_MAILBOX }),
  sms_read: async () => ({ success: false, message: NO_MAILBOX }),
  email_verification_read: async () => ({ success: false, message: NO_MAILBOX }),
  evaluate_js: (action, call) => evaluate(action, call),
  form_fill: (action, call) => fillForm(action.value, call),
  click: (action, call) => onElement(action, call, (place, timeoutMs) => native({ type: 'click', ...place, timeoutMs }, call)),
  fill: (action, call) => onElement(action, call, (place, timeoutMs) => fill(action, place, timeoutMs, call)),
  multi_factor_fill: (action, call) => onElement(action, call, (place, timeoutMs) => typeInto(action, place, timeoutMs, call)),
  fallback_fill: (action, call) => onElement(action, call, (place, timeoutMs) => typeInto(action, place, timeoutMs, call)),
  check: (action, call) =>
    onElement(action, call, (place, timeoutMs) => native({ type: action.value ? 'check' : 'uncheck', ...place, timeoutMs }, call)),
  select_dropdown_option: (action, call) => onElement(action, call, (place, timeoutMs) => choose(action.value, place, timeoutMs, call)),
  upload_file: (action, call) => onElement(action, call, (place, timeoutMs) => upload(action.file_path, place, timeoutMs, call)),
  download_file: (action, call) => onElement(action, call, (place, timeoutMs) => native({ type: 'download', ...place, timeoutMs }, call)),
};

/** What is done with an element, and Enter behind it if that is asked for. */
async function onElement(action: ElementAction, call: ActionCall, work: (place: Place, timeoutMs: number) => Promise<Done>): Promise<Done> {
  const done = await work(placeOf(action, call.session), action.timeout);
  if (!done.success || action.press_enter !== true) return done;
  const pressed = await native({ type: 'press', key: 'Enter' }, call);
  return pressed.success ? { success: true, message: `${done.message} Pressed Enter.` } : pressed;
}

async function scroll(direction: 'up' | 'down', { amount }: { amount?: number | null | undefined }, call: ActionCall): Promise<Done> {
  const done = await native({ type: 'scroll', direction, ...(amount ? { amountPx: amount } : {}) }, call);
  // Notte's clients take a page that did not move for a failure.
  return done.success && /^There is nothing to scroll|already at its end/.test(done.message) ? { ...done, success: false } : done;
}

async function fill(
  { value, clear_before_fill: isCleared }: NotteActionOf<'fill'>,
  place: Place,
  timeoutMs: number,
  call: ActionCall,
): Promise<Done> {
  const ofVault = await fillFromVault(value, place, call);
  if (ofVault !== undefined) return ofVault;
  if (isCleared) return await native({ type: 'fill', ...place, value, timeoutMs }, call);
  return await native({ type: 'type', ...place, text: value, timeoutMs }, call);
}

/** In a `<select>`; in a list that the page made of other elements, by a click on the option that was seen in it. */
async function choose(value: string, place: Place, timeoutMs: number, call: ActionCall): Promise<Done> {
  const chosen = await native({ type: 'select', ...place, values: [value], timeoutMs }, call);
  const list = 'ref' in place ? call.session.seen?.byRef(place.ref) : undefined;
  const ref = list?.options.find(({ name }) => name === value)?.ref;
  return chosen.success || ref === undefined ? chosen : await native({ type: 'click', ref, timeoutMs }, call);
}

/** Key by key, for fields that want it so. */
async function typeInto(
  { value, clear_before_fill: isCleared }: NotteActionOf<'multi_factor_fill' | 'fallback_fill'>,
  place: Place,
  timeoutMs: number,
  call: ActionCall,
): Promise<Done> {
  const ofVault = await fillFromVault(value, place, call);
  if (ofVault !== undefined) return ofVault;
  if (isCleared) {
    const cleared = await native({ type: 'fill', ...place, value: '', timeoutMs }, call);
    if (!cleared.success) return cleared;
  }
  return await native(
    { type: 'type', ...place, text: value, delayMs: TYPING_DELAY_MS, timeoutMs: timeoutMs + TYPING_DELAY_MS * value.length },
    call,
  );
}

/** A file of the session, or one that was uploaded for all of them, which is then put there. */
async function upload(path: string, place: Place, timeoutMs: number, call: ActionCall): Promise<Done> {
  const { engine } = call.session.browser;
  const name = path.split('/').at(-1) ?? path;
  const isThere = await engine.use(async (pages) => (await pages.files.list()).some((file) => file.name === name));
  if (!isThere) {
    const kept = await call.uploads.open({ projectId: call.projectId, area: 'uploads' }, name).catch((error: unknown) => {
      if (error instanceof CarrelError && error.code === 'not_found') return undefined;
      throw error;
    });
    if (kept !== undefined) await engine.use((pages) => pages.files.put(name, kept.stream));
  }
  return await native({ type: 'upload', ...place, files: [name], timeoutMs }, call);
}

async function evaluate({ code }: NotteActionOf<'evaluate_js'>, call: ActionCall): Promise<Done> {
  if (call.session.vault !== undefined)
    throw new ActionRefused('evaluate_js is not possible in a session with a vault: a script could read what the vault has.');
  const expression = isScript(code) || !isScript(`(async () => {${code}\n})`) ? code : `(async () => {${code}\n})()`;
  const action: Action = {
    type: 'evaluate',
    expression,
    timeoutMs: EVALUATE_MS,
    ...(call.tabId === undefined ? {} : { tabId: call.tabId }),
  };
  await call.control.untilFree(call.session.browser.id, EVALUATE_MS, call.signal);
  const { success, message, value = null } = await call.session.page.execute(action, call.signal);
  if (!success) return { success, message };
  return {
    success,
    message,
    data: { markdown: typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : String(value) },
  };
}

/** Whether a text is a script as far as grammar goes, or a value. Nothing of it is run here. */
function isScript(source: string): boolean {
  return [source, `(${source}\n)`, `(async () => (${source}\n))`].some((text) => {
    try {
      new Script(text);
      return true;
    } catch {
      return false;
    }
  });
}

async function solveCaptcha({ session, signal }: ActionCall): Promise<Done> {
  const { captchas } = session.browser;
  if (captchas === undefined)
    throw new ActionRefused('This session was started with solve_captchas=False: nobody looks for captchas in it.');
  const stop = AbortSignal.any([signal, AbortSignal.timeout(CAPTCHA_MS)]);
  try {
    await captchas.whenUnattended(async ({ over }) => untilAborted(over, stop), stop);
  } catch (error) {
    if (signal.aborted || !stop.aborted) throw error;
  }
  return captchas.isStanding
    ? {
        success: false,
        message: `A captcha still stands in the way. A person can solve it at the viewer_url of the session; then try again.`,
      }
    : { success: true, message: 'No captcha stands in the way.' };
}

async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    signal.throwIfAborted();
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
