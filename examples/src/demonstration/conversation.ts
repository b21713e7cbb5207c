import { type Carrel, isTerminal, type StepSummary, type Task } from '@carrel/sdk';
import { type Book, formatPrice, ON_SALE, priceOf } from '../shop/books.js';
import { check, DemonstrationFailed, type Stage } from './stage.js';

export interface ConversationOptions {
  readonly client: Carrel;
  /** Where the shop of `../shop` is, as the browsers reach it. */
  readonly shopUrl: string;
  readonly stage: Stage;
  /** Leave the conversation there at the end, so that one can go on with it. */
  readonly isKept: boolean;
}

/** The customer whose conversation it is. */
export const VISITOR = 'ada';

interface Question {
  readonly task: string;
  /** What an answer cannot be without. */
  readonly expected: readonly string[];
}

const BELOW_CENTS = 2000;
const AUTHOR = 'Charles Darwin';

/** What is asked, each time of what was found before, and what the shop has for an answer. */
function questions(): Question[] {
  const affordable = ON_SALE.filter((book) => priceOf(book, false) < BELOW_CENTS);
  const titlesOf = (books: readonly Book[]) => books.map(({ title }) => title);
  return [
    { task: 'Which books are on sale?', expected: titlesOf(ON_SALE) },
    { task: `Which of those cost less than ${formatPrice(BELOW_CENTS)}?`, expected: titlesOf(affordable) },
    { task: `Which of those is by ${AUTHOR}?`, expected: titlesOf(affordable.filter(({ author }) => author === AUTHOR)) },
  ];
}

/**
 * Holds a conversation of three turns about the shop with the built-in model, which needs no key: each turn is done by a fresh agent in a
 * fresh browser, which answers from the page and from the turn before.
 *
 * @returns the id of the session, for whoever goes on with it; undefined when it is not kept
 * @throws {DemonstrationFailed} when a turn fails, or its answer is not right
 */
export async function converse({ client, shopUrl, stage, isKept }: ConversationOptions): Promise<string | undefined> {
  stage.heading('A conversation', 'three turns of the built-in model, each in a fresh browser');
  const begun: Begun = { sessionId: undefined };
  let previous: Task | undefined;
  try {
    for (const question of questions()) {
      const task = await ask(question, begun, { client, shopUrl, stage });
      await checkContext(client, task, previous);
      previous = task;
    }
  } finally {
    if (!isKept && begun.sessionId !== undefined) await client.sessions.delete(begun.sessionId);
  }
  return isKept ? begun.sessionId : undefined;
}

/** The conversation, once there is one. */
interface Begun {
  sessionId: string | undefined;
}

async function ask(
  { task: words, expected }: Question,
  begun: Begun,
  { client, shopUrl, stage }: Omit<ConversationOptions, 'isKept'>,
): Promise<Task> {
  const steps: StepSummary[] = [];
  const task = await stage.step(`“${words}”`, async (tell) => {
    const ended = await client.tasks.run(
      {
        endUserId: VISITOR,
        task: words,
        startUrl: shopUrl,
        model: 'builtin',
        ...(begun.sessionId !== undefined && { sessionId: begun.sessionId }),
      },
      {
        onStep: (step) => {
          steps.push(step);
          tell(step.msg);
        },
      },
    );
    begun.sessionId = ended.sessionId;
    check(isTerminal(ended), 'A task that was waited for should have ended.');
    if (ended.status !== 'completed') throw new DemonstrationFailed(`The turn ${ended.status}: ${ended.error ?? ended.stopReason}`);
    tell(`${ended.totalSteps} ${ended.totalSteps === 1 ? 'step' : 'steps'} in browser ${ended.browserId}`);
    return ended;
  });
  for (const { n, msg } of steps) stage.note(`${n}  ${msg}`);
  const answer = String(task.result);
  stage.answer(answer);
  for (const text of expected) check(answer.includes(text), `The answer to “${words}” should name ${text}.`);
  return task;
}

/** Nothing of the turn before is there but what a turn is meant to know: its result. */
async function checkContext(client: Carrel, { taskId, browserId }: Task, previous: Task | undefined): Promise<void> {
  const { context } = await client.tasks.get(taskId, { include: 'context' });
  const known = previous === undefined ? null : previous.result;
  check(context?.previousContext === known, 'A turn should know the result of the turn before, and nothing else.');
  check(browserId !== previous?.browserId, 'Each turn should have a browser of its own.');
}
