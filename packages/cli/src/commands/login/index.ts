import { type Browser, type BrowserInfo, type Carrel, CarrelError, type Profile } from '@carrel/sdk';
import type { Command } from 'commander';
import { wholeNumber } from '../../arguments.js';
import { connect } from '../../connection.js';
import { EXIT, UsageError } from '../../exit-codes.js';
import { addOpeningOptions, type OpeningOptions, toOpeningRequest } from '../../opening-options.js';
import { addStateOptions, findProfile, type ProfileOptions, toProfileRequest } from '../../profile-options.js';
import { nameOf } from '../../profile-text.js';
import { onFirstSignal } from '../../signals.js';
import { printable, type Terminal } from '../../terminal.js';
import { sumOf } from '../profiles/show.js';
import type { Conditions } from './conditions.js';
import { howToSignIn } from './how-to.js';
import { type LoginEnd, waitForLogin } from './waiting.js';

interface LoginOptions extends OpeningOptions, Conditions, Omit<ProfileOptions, 'persist' | 'profileVersion'> {
  profile: string;
  timeout?: number;
}

const HELP = `
The browser is open until you are done: until Enter is pressed here, or, where the input is no terminal, until a line or its end comes. With
--until-url or --until-cookie it also is done once a tab is there, or such a cookie is there.

However it ends, the browser is closed, which saves it: with Ctrl-C, too (exit code 1; a second one ends this program at once and leaves
the browser to its idle limit). What was saved before stays in the history: carrel profiles restore.

Where you can sign in on a machine with a screen, this does as well:
  npx playwright open --save-storage=state.json <url>
  carrel profiles import <profile> state.json`;

/** What the last line says when it was not the person or the condition that ended the login. */
const UNUSUAL: Record<Exclude<LoginEnd, 'told' | 'met'>, string> = {
  timed_out: 'The time is over',
  interrupted: 'Interrupted',
  browser_ended: 'The browser ended by itself',
};

export function loginCommand(program: Command, terminal: Terminal): void {
  const login = program
    .command('login')
    .description('open a browser for a person to sign in to, and save that to a profile')
    .argument('<url>', 'where to sign in')
    .requiredOption('--profile <name or id>', 'the profile to save to; made when there is none of that name')
    .option('--until-url <pattern>', 'done once a tab is at such a URL; * stands for anything')
    .option('--until-cookie <name>', 'done once there is a cookie of this name')
    .option('--timeout <seconds>', 'give up after this long', wholeNumber('seconds', 1));
  addOpeningOptions(addStateOptions(login))
    .addHelpText('after', HELP)
    .action(async (url: string, options: LoginOptions, command: Command) => {
      const address = url.includes('://') ? url : `https://${url}`;
      if (!URL.canParse(address)) throw new UsageError(`${JSON.stringify(url)} is not a URL.`);
      const client = await connect(command, terminal);
      const interrupt = new AbortController();
      const letGoOfSignals = onFirstSignal((name) => {
        terminal.note(terminal.noteColors.dim(`${name}: closing the browser, which saves it`));
        interrupt.abort(new Error(`Interrupted by ${name}.`));
      });
      try {
        await signIn({ client, url: address, options, interrupt: interrupt.signal, terminal });
      } finally {
        letGoOfSignals();
      }
    });
}

interface Login {
  client: Carrel;
  url: string;
  options: LoginOptions;
  interrupt: AbortSignal;
  terminal: Terminal;
}

async function signIn(login: Login): Promise<void> {
  const { client, options, interrupt, terminal } = login;
  const profile = await findOrCreate(client, options);
  const browser = await terminal.progress('Opening a browser', async () => {
    const state = await toProfileRequest(client, { ...options, profile: profile.id, persist: true });
    return client.browsers.open({ ...toOpeningRequest(options), ...state }, { signal: interrupt, maxRetries: 0 });
  });
  let end: LoginEnd;
  try {
    end = await atTheSite(browser, profile, login);
  } catch (error) {
    const [closing] = await Promise.allSettled([browser.close()]);
    if (closing.status === 'fulfilled') throw error;
    throw new AggregateError([error, closing.reason], 'The login failed, and the browser was not closed well.');
  }
  const info = await terminal.progress('Closing, which saves', () => browser.close());
  await report(client, profile, info, end, terminal);
}

async function atTheSite(browser: Browser, profile: Profile, { url, options, interrupt, terminal }: Login): Promise<LoginEnd> {
  await terminal.progress(`Going to ${url}`, () => goTo(browser, url, interrupt, terminal));
  announce(browser, profile, url, options, terminal);
  const { untilUrl, untilCookie, timeout } = options;
  const conditions = { ...(untilUrl !== undefined && { untilUrl }), ...(untilCookie !== undefined && { untilCookie }) };
  return waitForLogin({ browser, terminal, conditions, timeoutMs: timeout === undefined ? undefined : timeout * 1000, interrupt });
}

async function findOrCreate(client: Carrel, { profile: name, endUser }: LoginOptions): Promise<Profile> {
  const found = await findProfile(client, name);
  return found ?? client.profiles.create({ name, ...(endUser !== undefined && { endUserId: endUser }) });
}

async function goTo(browser: Browser, url: string, signal: AbortSignal, terminal: Terminal): Promise<void> {
  const { success, failure, message } = await browser.execute({ type: 'goto', url }, { signal });
  if (success) return;
  // A page that goes on loading can be signed in to all the same.
  if (failure !== 'timeout') throw new Error(`${url} cannot be opened: ${message}`);
  terminal.note(terminal.noteColors.yellow(printable(message)));
}

function announce(browser: Browser, profile: Profile, url: string, options: LoginOptions, terminal: Terminal): void {
  const { id, cdpUrl, info } = browser;
  if (terminal.isJson) {
    terminal.print(
      JSON.stringify({ event: 'opened', browserId: id, cdpUrl, profileId: profile.id, version: info.profile?.version ?? null }),
    );
    return;
  }
  terminal.print(
    terminal.fields([
      ['id', terminal.colors.bold(id)],
      ['cdpUrl', cdpUrl],
    ]),
  );
  for (const warning of info.warnings) terminal.note(warning);
  terminal.note(howToSignIn({ browserId: id, url, options, isTerminal: terminal.surroundings.stdin.isTTY === true }));
}

async function report(client: Carrel, profile: Profile, info: BrowserInfo, end: LoginEnd, terminal: Terminal): Promise<void> {
  const version = info.profile?.savedVersion ?? null;
  const held = version === null ? null : await whatIsHeld(client, profile, version);
  const isUsual = end === 'told' || end === 'met';
  if (!isUsual) terminal.exitCode = EXIT.failed;
  if (terminal.isJson) {
    terminal.print(JSON.stringify({ event: 'closed', end, profileId: profile.id, savedVersion: version, reason: info.reason }));
    return;
  }
  const why = isUsual ? '' : `${UNUSUAL[end]}${end === 'browser_ended' && info.reason ? ` (${info.reason.message})` : ''}. `;
  const saved =
    version === null ? 'Nothing was saved' : `Saved as version ${version} of ${nameOf(profile)}${held === null ? '' : `: ${held}`}`;
  terminal.print(`${why}${saved}.`);
  if (version !== null && isUsual)
    terminal.note(terminal.noteColors.dim(`To use it: carrel open --profile ${profile.name === null ? profile.id : quoted(profile.name)}`));
}

/** What the saved version holds, in a line. It is saved whether or not that can be asked, so that failing to is no failure. */
async function whatIsHeld(client: Carrel, { id }: Profile, version: number): Promise<string | null> {
  try {
    return sumOf(await client.profiles.contents(id, { version }));
  } catch (error) {
    if (error instanceof CarrelError) return null;
    throw error;
  }
}

/** As a shell takes it for one word. */
const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`);
