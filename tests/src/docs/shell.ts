import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Carrel } from '@carrel/sdk';
import { runCarrel } from '../../../packages/cli/src/testing/run-carrel.js';
import type { Surroundings } from './fixtures.js';

const BIN = fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url));
const TIMEOUT_MS = 30_000;
const COMMAND = /^(?:[A-Z0-9_]+=(?:'[^']*'|"[^"]*"|\$\([^)]*\)|\S)*\s+)*(?:npx )?carrel(?:\s|$)/;
/** What is typed where a command asks. */
const TYPED: Readonly<Record<string, string>> = { credentials: 'correct horse battery\n' };
/** Says how this machine is, which may be not so well. */
const MAY_FAIL = ['doctor'];

/** Takes a line of the shell apart, as far as pages go: words, quotes, comments, `$(…)` before the command. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [whole, quoted] of line.matchAll(/#.*$|((?:'[^']*'|"[^"]*"|\$\([^)]*\)|[^\s'"#]|(?<=\S)#)+)/g)) {
    if (whole.startsWith('#')) break;
    words.push((quoted ?? '').replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''));
  }
  return words;
}

/** Runs blocks of commands. */
export class Shell implements AsyncDisposable {
  readonly #surroundings: Surroundings;
  readonly #client: Carrel;
  readonly #directory: string;

  private constructor(surroundings: Surroundings, directory: string) {
    this.#surroundings = surroundings;
    this.#directory = directory;
    this.#client = new Carrel({ url: surroundings.server.url, apiKey: surroundings.server.apiKey });
  }

  static async open(surroundings: Surroundings): Promise<Shell> {
    const directory = await mkdtemp(join(tmpdir(), 'carrel-shell-'));
    await writeFile(join(directory, '.curlrc'), surroundings.curlConfig);
    await writeFile(join(directory, 'state.json'), JSON.stringify({ cookies: [], origins: [] }));
    return new Shell(surroundings, directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** @throws when a command does not end well */
  async run(block: string): Promise<void> {
    const lines = block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
    // The command line is run in this process: starting Node for each line is most of what it would cost.
    if (lines.every((line) => COMMAND.test(line) && !/[|;<>]|&&/.test(wordsOf(line).join(' ').replace(/<\w+>/g, '')))) {
      for (const line of lines) await this.#carrel(await this.#filledIn(line));
    } else await this.#bash(await this.#filledIn(block));
  }

  get #environment(): Record<string, string> {
    const { url, apiKey } = this.#surroundings.server;
    return { CARREL_URL: url, CARREL_API_KEY: apiKey };
  }

  /** What stands for an id becomes one that there is. */
  async #filledIn(text: string): Promise<string> {
    let filled = this.#surroundings.localized(text);
    const put = async (placeholder: string, make: () => Promise<string>) => {
      if (filled.includes(placeholder)) filled = filled.replaceAll(placeholder, await make());
    };
    await put('<id>', async () => (text.includes('carrel recordings') ? await this.#recordedBrowser() : await this.#browser()).id);
    await put('<link>', async () => (await this.#client.browsers.createLiveLink((await this.#browser()).id)).id);
    await put('s_…', async () => (await this.#lastTask()).sessionId);
    await put('t_…', async () => (await this.#lastTask()).taskId);
    return filled;
  }

  async #browser() {
    for await (const one of this.#client.browsers.list({ status: 'running' })) return one;
    return this.#client.browsers.open({}, { keepAlive: false });
  }

  async #recordedBrowser() {
    const [recording] = await this.#client.recordings.list({ limit: 1 }).all();
    if (recording !== undefined) return { id: recording.browserId };
    await using browser = await this.#client.browsers.open({ record: true });
    await browser.execute({ type: 'goto', url: this.#surroundings.shop.url });
    return { id: browser.id };
  }

  async #lastTask() {
    const [session] = (await this.#client.tasks.list({ limit: 1 })).sessions;
    if (session === undefined) return await this.#client.tasks.submit({ endUserId: 'ann', task: 'Say nothing' });
    const { tasks } = await this.#client.sessions.get(session.sessionId);
    const [task] = tasks.slice(-1);
    if (task === undefined) throw new Error('a session without a task');
    return task;
  }

  async #carrel(line: string): Promise<void> {
    const words = wordsOf(line);
    const at = words.indexOf('carrel');
    const assignments = words.slice(0, at).filter((word) => word.includes('='));
    const settings = Object.fromEntries(assignments.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
    const given = words.slice(at + 1);
    if (given[0] === 'serve') return await this.#serve(settings);
    const { exitCode, stderr } = await runCarrel(given, { ...this.#environment, ...settings }, this.#directory, {
      text: TYPED[given[0] ?? ''] ?? '',
    });
    if (exitCode !== 0 && !MAY_FAIL.includes(given[0] ?? '')) throw new Error(`${line}\nended with ${exitCode}: ${stderr}`);
  }

  /** A server would stay: that its settings are taken, and come from the environment, is seen without one. */
  async #serve(settings: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(settings)) {
      if (value.startsWith('$(')) settings[name] = (await promisify(execFile)('bash', ['-c', value.slice(2, -1)])).stdout.trim();
    }
    const { exitCode, stdout, stderr } = await runCarrel(['config', '--json'], settings, this.#directory);
    if (exitCode !== 0) throw new Error(`these settings are refused: ${stderr}`);
    for (const name of Object.keys(settings)) {
      const isTaken = (JSON.parse(stdout) as { settings: { environment: string; source: string }[] }).settings.some(
        (setting) => setting.environment === name && setting.source === 'environment',
      );
      if (!isTaken && !name.startsWith('AWS_')) throw new Error(`${name} is no setting`);
    }
  }

  async #bash(script: string): Promise<void> {
    const env = {
      ...this.#environment,
      PATH: [BIN, dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: this.#directory,
      CURL_HOME: this.#directory,
      TMPDIR: tmpdir(),
    };
    await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script.replaceAll('npx carrel', 'carrel')], {
      cwd: this.#directory,
      env,
      timeout: TIMEOUT_MS,
    });
  }
}
