import type { Json } from '@carrel/protocol';
import type { Brief, Decision, ModelRequest } from '../model.js';
import { toJson } from './answer/json.js';
import { readPrevious } from './answer/previous.js';
import { quote, sayItems, sayResult } from './answer/wording.js';
import { beyond } from './beyond.js';
import type { Instruction } from './language/instructions.js';
import type { Page } from './page-model/page.js';
import { isBlank, readPage } from './page-model/page.js';
import { planFor } from './plan.js';
import { ask, click, open, simply } from './steps/act.js';
import { add } from './steps/add.js';
import { compare } from './steps/compare.js';
import { choose, fill, search, submit, tick } from './steps/fill.js';
import { list } from './steps/list.js';
import { lastOutcome, type Memory, readMemory, withNotes } from './steps/memory.js';
import { type Answer, type Call, call, type Move, type Situation } from './steps/move.js';
import { read } from './steps/read.js';
import { signIn } from './steps/sign-in.js';
import { ofThat } from './steps/that.js';
import { ofThose } from './steps/those.js';
import { titleOf } from './steps/title.js';
import { told, value } from './steps/value.js';

const NO_TOKENS = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** Rules for words try each way to divide a run of blanks: a long one, which says no more than a short one, must not stop the server. */
const singleBlanks = (text: string) => text.replace(/[^\S\n]+/g, ' ').replace(/ ?\n\s*/g, '\n');

const tidied = (brief: Brief): Brief => ({
  ...brief,
  task: singleBlanks(brief.task),
  previousContext: brief.previousContext === null ? null : singleBlanks(brief.previousContext),
});

/** What the next step is: a function of the request alone, so that a turn can go on anywhere. */
export function decide(given: ModelRequest): Decision {
  const request = { ...given, brief: tidied(given.brief) };
  const { brief, history, view } = request;
  const previous = readPrevious(brief.previousContext);
  const plan = planFor(brief, previous);
  let memory = readMemory(history);
  refusedAnswer(request);
  if (request.mustFinish) return finish(request, unfinished(plan, memory), memory);
  if (view === null) return withoutView(request, plan, memory);
  const dialog = answerDialog(request, memory);
  if (dialog !== null) return dialog;
  const page = readPage(view);
  let outcome = memory.tried.length === 0 ? null : lastOutcome(history);
  for (let instruction = plan[memory.at]; instruction !== undefined; instruction = plan[memory.at]) {
    const situation: Situation = { brief, page, previous, memory, outcome };
    const move = onPage(situation, instruction) ?? carryOut(situation, instruction);
    if (move.kind === 'call') return decision(request, move, memory, plan.length);
    if (move.kind === 'answer') return finish(request, withDeeds(move, memory), memory);
    if (move.kind === 'stuck') return finish(request, stuck(move.because, memory, page), memory);
    memory = { ...memory, ...move.memory, at: memory.at + 1, tried: [], found: [], considered: 0, did: [...memory.did, move.did] };
    outcome = null;
  }
  return finish(request, done(memory, page), memory);
}

/** An answer that did not fit what the caller wants cannot be given a second time. */
function refusedAnswer({ history }: ModelRequest): void {
  const last = history.at(-1)?.calls.at(-1);
  if (last?.call.name === 'done' && !last.result.success)
    throw beyond(`could not fit its answer to what is asked for (${last.result.text.slice(0, 500)})`);
}

const NEEDS_NO_PAGE = new Set<Instruction['kind']>(['open', 'ask', 'press', 'scroll', 'back']);

/** Where there is no page yet, that of the turn before is where one is; null: the instruction can be carried out here. */
function onPage(situation: Situation, instruction: Instruction): Move | null {
  const { page, memory, previous } = situation;
  const isUrl = instruction.kind === 'open' && /^(?:https?:|[\w-]+(?:\.[\w-]+)+)/i.test(instruction.target);
  const isKnown =
    instruction.kind === 'answer' &&
    (instruction.query.isOfPrevious ||
      (instruction.query.isOfThat && previous.items.length > 0) ||
      (instruction.query.shape === 'value' && memory.tried.length === 0 && told(instruction.query, previous).length > 0));
  if (!isBlank(page) || isUrl || isKnown || (NEEDS_NO_PAGE.has(instruction.kind) && instruction.kind !== 'open')) return null;
  const [source] = previous.sources;
  if (source === undefined) throw beyond('needs a page to begin with: name its address in the task, or give `startUrl`');
  if (memory.tried.includes('start')) return { kind: 'stuck', because: situation.outcome?.text ?? `${source} could not be opened` };
  return call('navigate', { url: source }, 'going where the turn before found it', 'start');
}

function carryOut(situation: Situation, instruction: Instruction): Move {
  switch (instruction.kind) {
    case 'open':
      return open(situation, instruction);
    case 'click':
      return click(situation, instruction);
    case 'search':
      return search(situation, instruction);
    case 'fill':
      return fill(situation, instruction);
    case 'choose':
      return choose(situation, instruction);
    case 'tick':
      return tick(situation, instruction);
    case 'submit':
      return submit(situation);
    case 'sign-in':
      return signIn(situation, instruction);
    case 'add':
      return add(situation, instruction);
    case 'ask':
      return ask(situation, instruction);
    case 'answer':
      return answer(situation, instruction);
    default:
      return simply(situation, instruction);
  }
}

function answer(situation: Situation, { query }: Extract<Instruction, { kind: 'answer' }>): Move {
  const title = isBlank(situation.page) ? null : titleOf(situation.page, query);
  if (title !== null) return title;
  if (query.shape === 'compare') return compare(situation, query);
  if (query.isOfPrevious) return ofThose(situation, query);
  if (query.isOfThat && isFromBefore(situation)) return ofThat(situation, query);
  if (query.shape === 'value') return value(situation, query);
  return query.shape === 'read' ? read(situation, query) : list(situation, query);
}

/** Nothing was opened in this turn that `it` could be, but what the question itself led to. */
const isFromBefore = ({ page, memory, previous }: Situation) =>
  previous.items.length > 0 && (isBlank(page) || memory.tried.some((key) => key.startsWith('item ')));

function decision(request: ModelRequest, move: Call, memory: Memory, instructions: number): Decision {
  const next: Memory = { ...memory, ...move.memory, tried: [...(move.memory?.tried ?? memory.tried), move.key] };
  const sentence = `Instruction ${Math.min(memory.at + 1, instructions)} of ${instructions}: ${move.says}.`;
  const id = `builtin-${request.history.length + 1}`;
  return { thought: withNotes(sentence, next), calls: [{ id, name: move.tool, input: move.input }], usage: NO_TOKENS };
}

/** Ends the turn with an answer, in the form that is asked for. */
function finish({ brief, history }: ModelRequest, { lines, items, asked, sources }: Answer, memory: Memory): Decision {
  const result: Json = brief.schema === null ? sayResult(lines, { asked, sources }) : toJson(brief.schema, { items, lines, sources });
  const call = { id: `builtin-${history.length + 1}`, name: 'done', input: { result } };
  return { thought: withNotes('Answering.', memory), calls: [call], usage: NO_TOKENS };
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What people answered belongs to the result; what was only clicked on the way to an answer does not. */
const withDeeds = (found: Answer, { did }: Memory): Answer => ({
  ...found,
  lines: [...found.lines, ...did.filter((one) => one.startsWith('asked ')).map(sentence)],
});

const noAnswer = (lines: readonly string[], sources: readonly string[]): Answer => ({
  kind: 'answer',
  lines,
  items: [],
  asked: [],
  sources,
});

function done({ did }: Memory, page: Page): Answer {
  const now = isBlank(page)
    ? []
    : [`The page is now “${page.title || page.heading}”${page.heading === '' ? '' : `, with the heading “${page.heading}”`}.`];
  return noAnswer([`Done: ${did.join('; ')}.`, ...now, ...page.notices.slice(0, 3).map(quote)], isBlank(page) ? [] : [page.url]);
}

const stuck = (because: string, { did }: Memory, page: Page): Answer =>
  noAnswer(
    [
      `Not done: ${because.replace(/[.\s]+$/, '')}.`,
      ...(did.length === 0 ? [] : [`Before that: ${did.join('; ')}.`]),
      ...page.notices.slice(0, 3).map(quote),
    ],
    isBlank(page) ? [] : [page.url],
  );

function unfinished(plan: readonly Instruction[], { at, did, found, sources }: Memory): Answer {
  const lines = [`Not finished: the steps of the turn were used up at instruction ${Math.min(at + 1, plan.length)} of ${plan.length}.`];
  const before = did.length === 0 ? [] : [`Before that: ${did.join('; ')}.`];
  return {
    ...noAnswer([...lines, ...before, ...(found.length === 0 ? [] : ['Found so far:', ...sayItems(found)])], sources),
    items: found,
  };
}

/** The page cannot be seen: only what needs no page can be done. */
function withoutView(request: ModelRequest, plan: readonly Instruction[], memory: Memory): Decision {
  const instruction = plan[memory.at];
  const isFresh = memory.tried.length === 0;
  if (instruction?.kind === 'open' && isFresh && /^https?:/i.test(instruction.target)) {
    return decision(
      request,
      call('navigate', { url: instruction.target }, `opening ${instruction.target}`, `open ${instruction.target}`),
      memory,
      plan.length,
    );
  }
  return finish(
    request,
    noAnswer([`Not done: the page could not be looked at${request.notice === null ? '' : ` (${request.notice})`}.`], []),
    memory,
  );
}

/** A message is closed; a question of a page is for the one who gave the task. */
function answerDialog({ view, tools, history }: ModelRequest, memory: Memory): Decision | null {
  const dialog = view?.observation.dialog;
  if (dialog === undefined) return null;
  const isMessage = dialog.type === 'alert' || dialog.type === 'beforeunload';
  if (!isMessage || !tools.some(({ name }) => name === 'dialog'))
    throw beyond(`does not answer dialogs, and the page asks “${dialog.message.slice(0, 200)}”`);
  return {
    thought: withNotes('Closing the message of the page.', memory),
    calls: [{ id: `builtin-${history.length + 1}`, name: 'dialog', input: { accept: true } }],
    usage: NO_TOKENS,
  };
}
