import {
  type ActionInput,
  type ActionResult,
  action,
  type Observation,
  type ObserveRequestInput,
  observeRequest,
  type PageElement,
} from '@carrel/protocol';
import { startTestBrowser, type TestBrowser, type TestBrowserOptions } from './test-browser.js';
import { startTestSite, type TestSite } from './test-site.js';

/** A browser and a site for it, with the calls that tests make over and over. */
export interface Drive extends AsyncDisposable {
  browser: TestBrowser;
  site: TestSite;
  /** Does an action as a caller writes it. */
  act(input: ActionInput): Promise<ActionResult>;
  /** Does an action that has to work. */
  done(input: ActionInput): Promise<ActionResult>;
  /** Goes to a page of the site. */
  open(path: string): Promise<ActionResult>;
  see(input?: ObserveRequestInput): Promise<Observation>;
  /** What a script in the page gives. */
  ask(expression: string): Promise<unknown>;
  /** Waits in the page, by its own clock of frames, until a script gives a true value. */
  until(expression: string): Promise<void>;
}

export async function startDrive(options: TestBrowserOptions = {}): Promise<Drive> {
  const site = await startTestSite();
  const browser = await startTestBrowser(options).catch(async (error: unknown) => {
    await site[Symbol.asyncDispose]();
    throw error;
  });
  const act = (input: ActionInput) => browser.pages.execute(action.parse(input));
  const done = async (input: ActionInput) => {
    const result = await act(input);
    if (!result.success) throw new Error(`${input.type} failed: ${result.failure}: ${result.message}`);
    return result;
  };
  return {
    browser,
    site,
    act,
    done,
    open: (path) => done({ type: 'goto', url: path.startsWith('/') ? site.origin + path : path }),
    see: (input = {}) => browser.pages.observe(observeRequest.parse(input)),
    ask: async (expression) => (await done({ type: 'evaluate', expression })).value,
    until: async (expression) => {
      const poll = `new Promise((resolve) => { const look = () => ((${expression}) ? resolve() : setTimeout(look, 10)); look(); })`;
      await done({ type: 'evaluate', expression: poll });
    },
    [Symbol.asyncDispose]: async () => {
      await browser[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}

/** The element of this name in an observation, and role if one is given. */
export function element(observation: Observation, name: string, role?: string): PageElement {
  const found = observation.elements.find((one) => one.name === name && (role === undefined || one.role === role));
  if (found !== undefined) return found;
  throw new Error(
    `no ${role ?? 'element'} called ${name} among ${observation.elements.map((one) => `${one.role} "${one.name}"`).join(', ')}`,
  );
}
