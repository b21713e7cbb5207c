import type { SubmitTaskRequest } from '@carrel/sdk';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect, collectPairs, idOf, wholeNumber } from '../arguments.js';
import { UsageError } from '../exit-codes.js';
import { addIdentityOptions, type IdentityOptions, toIdentityRequest } from '../identity-options.js';
import { addExitOptions, type ExitOptions, toExitRequest } from '../network-options.js';
import { readText } from '../read-text.js';
import type { Terminal } from '../terminal.js';

type Schema = NonNullable<SubmitTaskRequest['schema']>;

/** What `addTurnOptions` adds to a command's options. */
export interface TurnOptions extends ExitOptions, IdentityOptions {
  endUser: string;
  session?: string;
  startUrl?: string;
  schema?: string;
  model?: string;
  fallbackModel?: string[];
  maxSteps?: number;
  maxCost?: number;
  timeout?: number;
  humanTimeout?: number;
  allow?: string[];
  onBusy?: SubmitTaskRequest['onBusy'];
  retry?: SubmitTaskRequest['retry'];
  priority?: number;
  kind?: SubmitTaskRequest['kind'];
  screenshots?: boolean;
  record?: boolean;
  metadata?: Record<string, string>;
}

/** Options of every command that submits tasks. Behind the command `--url` is where the browser begins, not where the server is. */
export function addTurnOptions(command: Command): Command {
  const own = command
    .option('--end-user <id>', 'whose turn it is: your own name for the customer, whose credentials it has', 'me')
    .option('--session <id>', 'the conversation to go on with (default: a new one)', idOf('session'))
    .option('--url, --start-url <url>', 'where the browser is when the agent begins')
    .option('--schema <json or file>', 'JSON Schema that the result is to be valid against')
    .option('--model <model>', 'builtin, openai/…, anthropic/…, google/… or openai-compatible/… (default: what the project or server says)')
    .option('--fallback-model <model>', 'another one when that does not answer; may be repeated', collect)
    .option('--max-steps <count>', 'calls of the model, after which it answers from what it knows', wholeNumber('steps', 1))
    .option('--max-cost <dollars>', 'stop before more than this is spent', dollars)
    .option('--timeout <seconds>', 'stop after this long, without the time that it waits for people', wholeNumber('seconds', 1))
    .option('--human-timeout <seconds>', 'how long a question to a person stands', wholeNumber('seconds', 1))
    .option('--allow <host>', 'let it reach only this host and those below it; may be repeated', collect)
    .addOption(new Option('--on-busy <what>', 'when a turn of the session is under way').choices(['parallel', 'queue', 'reject']))
    .addOption(
      new Option('--retry <when>', 'when the server that runs it dies: begin anew').choices(['before-first-action', 'always', 'never']),
    )
    .option('--priority <number>', 'larger ones come first; may be negative', integer)
    .option('--screenshots', 'keep a picture of the page at each step: carrel tasks screenshot')
    .option('--record', 'record its browser: carrel recordings')
    .option('--no-record', 'do not, whatever the project and the server say')
    .addOption(new Option('--kind <kind>', 'which Chromium').choices(['headless-shell', 'chromium']))
    .option('--metadata <name=value>', 'a pair of your own; may be repeated', collectPairs);
  return addIdentityOptions(addExitOptions(own));
}

/** The request that the options and a text ask for. */
export async function toTaskRequest(task: string, options: TurnOptions, terminal: Terminal): Promise<SubmitTaskRequest> {
  const { endUser, session, schema, maxCost, timeout, humanTimeout, allow, fallbackModel } = options;
  const { startUrl, model, maxSteps, onBusy, retry, priority, kind, screenshots, record, metadata } = options;
  const given = {
    ...{ sessionId: session, startUrl: startUrl && withScheme(startUrl), model, fallbackModels: fallbackModel, maxSteps },
    ...{ maxCostUsd: maxCost, timeoutMs: inMs(timeout), humanTimeoutMs: inMs(humanTimeout), allowedDomains: allow },
    ...{ onBusy, retry, priority, kind, screenshots, record, metadata },
    schema: schema === undefined ? undefined : await schemaOf(schema, terminal),
  };
  const asked = Object.entries(given).filter(([, value]) => value !== undefined);
  return { endUserId: endUser, task, ...Object.fromEntries(asked), ...toExitRequest(options), ...toIdentityRequest(options) };
}

const inMs = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);

const withScheme = (url: string) => (/^[a-z][a-z0-9+.-]*:(?!\d)/i.test(url) ? url : `https://${url}`);

function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function dollars(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be an amount of US dollars, such as 0.25.');
  return value;
}

/** JSON as it is, or the file that has it. What is in it is for the server to judge. */
async function schemaOf(text: string, terminal: Terminal): Promise<Schema> {
  const json = text.trimStart().startsWith('{') ? text : await readText(text, terminal);
  try {
    return JSON.parse(json) as Schema;
  } catch (cause) {
    throw new UsageError(`The schema is not JSON: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
}
