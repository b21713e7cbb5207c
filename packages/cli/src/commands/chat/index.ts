import { type Carrel, CarrelError } from '@carrel/sdk';
import type { Command } from 'commander';
import { connect } from '../../connection.js';
import { EXIT, exitCodeOf, UsageError } from '../../exit-codes.js';
import { Interrupted, printable, type Terminal } from '../../terminal.js';
import { addTurnOptions, doTurn, showResult, type TurnOptions, toTaskRequest } from '../../turn/index.js';

const COMMANDS = `
  /new            begin a new conversation
  /context        what the last turn knew of those before
  /session        the id of the conversation
  /url <url>      where the next turns begin; /url alone: a blank page again
  /help           this
  /quit           leave, as the end of the input does`;

const HELP = `
Each line is a turn: done in a fresh browser, which knows the result of the turn before. Ctrl-C cancels a turn; twice at the prompt leaves.
${COMMANDS}

Examples:
  carrel chat --url https://shop.example
  carrel chat --session s_… --end-user ann`;

type ChatOptions = TurnOptions & { watch?: boolean };

export function chatCommand(program: Command, terminal: Terminal): void {
  const chat = program
    .command('chat')
    .description('a conversation in the terminal: each line is a turn of one session')
    .option('--watch', 'show each call of the model and of a tool too, not only the steps');
  addTurnOptions(chat)
    .addHelpText('after', HELP)
    .action(async (options: ChatOptions, command: Command) => {
      if (terminal.isJson) throw new UsageError('A conversation is for people: use `carrel run --json` in programs.');
      await new Chat(await connect(command, terminal), options, terminal).talk();
    });
}

/** One sitting: the session that it is in, and what was typed. */
class Chat {
  readonly #client: Carrel;
  readonly #terminal: Terminal;
  #options: ChatOptions;
  #lastTaskId: string | undefined;

  constructor(client: Carrel, options: ChatOptions, terminal: Terminal) {
    this.#client = client;
    this.#options = options;
    this.#terminal = terminal;
  }

  async talk(): Promise<void> {
    if (this.#terminal.surroundings.stdin.isTTY) this.#remark('Say what to do. /help lists what else there is; Ctrl-C twice leaves.');
    for (;;) {
      const line = await this.#nextLine();
      if (line === undefined || line === '/quit' || line === '/exit') break;
      if (line.startsWith('/')) await this.#obey(line);
      else if (line !== '') await this.#turn(line);
    }
    // Whoever sits there has seen what failed; a program that pipes lines in has only the exit code.
    if (this.#terminal.surroundings.stdin.isTTY) this.#terminal.exitCode = EXIT.ok;
    if (this.#options.session !== undefined) this.#remark(`To go on: carrel chat --session ${this.#options.session}`);
  }

  /** What is typed next; undefined at the end of the input, and at a second Ctrl-C in a row. */
  async #nextLine(): Promise<string | undefined> {
    for (let isAgain = false; ; isAgain = true) {
      try {
        return (await this.#terminal.ask('› '))?.trim();
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        if (isAgain) return undefined;
        this.#remark('\nCtrl-C again, or /quit, leaves.');
      }
    }
  }

  /** A turn. One that is refused, or whose task fails, does not end the conversation. */
  async #turn(words: string): Promise<void> {
    try {
      await this.#do(words);
    } catch (error) {
      if (!(error instanceof CarrelError || error instanceof UsageError)) throw error;
      this.#terminal.exitCode = exitCodeOf(error);
      this.#terminal.note(`${this.#terminal.noteColors.red('✗')} ${printable(error.message)}`);
    }
  }

  async #do(words: string): Promise<void> {
    const terminal = this.#terminal;
    const request = await toTaskRequest(words, this.#options, terminal);
    const task = await doTurn({ client: this.#client, request, terminal, showsAll: this.#options.watch ?? false });
    this.#options = { ...this.#options, session: task.sessionId };
    this.#lastTaskId = task.taskId;
    showResult(task, terminal);
  }

  async #obey(line: string): Promise<void> {
    const [name, ...rest] = line.split(/\s+/);
    if (name === '/new') {
      const { session: _, ...options } = this.#options;
      this.#options = options;
      this.#lastTaskId = undefined;
      this.#remark('A new conversation.');
    } else if (name === '/context') await this.#showContext();
    else if (name === '/session') this.#remark(this.#options.session ?? 'There is none yet.');
    else if (name === '/url') {
      const { startUrl: _, ...options } = this.#options;
      this.#options = rest[0] === undefined ? options : { ...options, startUrl: rest[0] };
    } else this.#remark(name === '/help' ? COMMANDS.slice(1) : `There is no ${printable(name ?? '')}:\n${COMMANDS.slice(1)}`);
  }

  async #showContext(): Promise<void> {
    if (this.#lastTaskId === undefined) return this.#remark('There was no turn yet.');
    const { context } = await this.#client.tasks.get(this.#lastTaskId, { include: 'context' });
    this.#remark(`Result of the turn before: ${printable(context?.previousContext ?? 'none')}`);
    for (const error of context?.previousError ?? []) this.#remark(`Error of an earlier turn: ${printable(error)}`);
  }

  #remark(text: string): void {
    this.#terminal.note(this.#terminal.noteColors.dim(text));
  }
}
