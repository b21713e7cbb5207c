import { type ActionInput, action, observeRequest } from '@carrel/protocol';
import type { Pages } from '../../../../browser/src/page/index.js';
import { startTestBrowser } from '../../../../browser/src/page/testing/test-browser.js';
import type { Brief, Decision, ModelRequest, PastStep, ToolCall, ToolResult } from '../../model.js';
import { builtinModel } from '../index.js';

const MAX_STEPS = 40;

const BRIEF: Brief = {
  task: '',
  startUrl: null,
  schema: null,
  allowedDomains: null,
  previousContext: null,
  previousError: [],
  credentials: [],
  today: '2026-11-22',
  canAskHuman: false,
};

/** A turn that came to its end. */
export interface Turn {
  /** What `done` was called with. */
  readonly result: unknown;
  readonly text: string;
  readonly calls: readonly ToolCall[];
}

/** Values that the tool `fill_credential` fills in, which the model never sees. */
export type Secrets = Readonly<Record<string, string>>;

export interface Driver extends AsyncDisposable {
  /** One turn in a tab of its own. */
  run(brief: Partial<Brief>, options?: { secrets?: Secrets; answer?: string }): Promise<Turn>;
}

const toAction = ({ name, input }: ToolCall, secrets: Secrets): ActionInput => {
  switch (name) {
    case 'navigate':
      return { type: 'goto', ...input } as ActionInput;
    case 'check':
      return { type: input.checked === true ? 'check' : 'uncheck', ref: String(input.ref) };
    case 'fill_credential':
      return { type: 'fill', ref: String(input.ref), value: secrets[String(input.field)] ?? '' };
    default:
      return { type: name, ...input } as ActionInput;
  }
};

/** The shortest loop in which a model can work: it looks, decides and does, with a real Chromium and nothing in between. */
export async function startDriver(): Promise<Driver> {
  const browser = await startTestBrowser();
  const model = builtinModel();
  const run: Driver['run'] = async (given, { secrets = {}, answer = '' } = {}) => {
    const brief = { ...BRIEF, ...given };
    await openTab(browser.pages, brief.startUrl);
    const history: PastStep[] = [];
    for (let step = 1; step <= MAX_STEPS; step++) {
      const observation = await browser.pages.observe(observeRequest.parse({ maxSnapshotChars: 1_000_000, maxElements: 10_000 }));
      const view = { observation, text: observation.snapshot, part: 1, parts: 1 };
      const request: ModelRequest = { system: '', brief, history, view, tools: [], mustFinish: step === MAX_STEPS };
      const decision = await model.decide(request, AbortSignal.timeout(10_000));
      const finished = decision.calls.find(({ name }) => name === 'done');
      const calls = [...history.flatMap((past) => past.calls.map(({ call }) => call)), ...decision.calls];
      if (finished !== undefined) return { result: finished.input.result, text: String(finished.input.result), calls };
      history.push(await carryOut(browser.pages, decision, { n: step, secrets, answer }));
    }
    throw new Error('the turn did not end');
  };
  return { run, [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
}

async function openTab(pages: Pages, url: string | null): Promise<void> {
  await pages.execute(action.parse({ type: 'goto', url: url ?? 'about:blank' }));
}

async function carryOut(
  pages: Pages,
  { thought, calls }: Decision,
  { n, secrets, answer }: { n: number; secrets: Secrets; answer: string },
): Promise<PastStep> {
  const done: { call: ToolCall; result: ToolResult }[] = [];
  for (const call of calls) {
    if (call.name === 'ask_human') {
      done.push({ call, result: { success: true, text: answer } });
      continue;
    }
    const result = await pages.execute(action.parse(toAction(call, secrets)));
    done.push({ call, result: { success: result.success, text: result.message, action: result } });
  }
  return { n, thought, calls: done };
}
