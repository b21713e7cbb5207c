import type { Browser, Carrel, Profile } from '@carrel/sdk';
import type { Command } from 'commander';
import { wholeNumber } from '../../arguments.js';
import { connect } from '../../connection.js';
import { UsageError } from '../../exit-codes.js';
import { addOpeningOptions, type OpeningOptions, toOpeningRequest } from '../../opening-options.js';
import { addStateOptions, findProfile, type ProfileOptions, toProfileRequest } from '../../profile-options.js';
import { onFirstSignal } from '../../signals.js';
import { printable, type Terminal } from '../../terminal.js';
import type { Conditions } from './conditions.js';
import { refuseProfileOptions, signInForTasks } from './for-tasks.js';
import { howToSignIn } from './how-to.js';
import { report, type Visit } from './report.js';
import { type LoginEnd, waitForLogin } from './waiting.js';

/** How long the link is good where nobody said how long the login may take. */
const LINK_SECONDS = 3600;

interface LoginOptions extends Omit<OpeningOptions, 'record'>, Conditions, Omit<ProfileOptions, 'persist' | 'profileVersion'> {
  timeout?: number;
}

const HELP = `
With --end-user alone, whoever has the link that is printed signs in by it and presses Done there; --until-url or --until-cookie notices by itself.
What the sites have stored is kept for that customer, whose tasks are signed in from then on: carrel run … --end-user ID. Ctrl-C gives it up.

With --profile, what the browser holds is saved to that profile. It is open until you are done: until Enter is pressed here, or, where the input
is no terminal, until a line or its end comes; its link has no Done, so that whoever signs in by it has to tell you. With --until-url or
--until-cookie it also is done once a tab is there, or such a cookie is there.

However a login to a profile ends, the browser is closed, which saves it: with Ctrl-C, too (exit code 1; a second one ends this program at once and leaves
the browser to its idle limit). What was saved before stays in the history: carrel profiles restore.

Where you can sign in on a machine with a screen, this does as well:
  npx playwright open --save-storage=state.json <url>
  carrel profiles import <profile> state.json`;

export function loginCommand(program: Command, terminal: Terminal): void {
  const login = program
    .command('login')
    .description('open a browser for a person to sign in to, and save that to a profile, or for the tasks of an end user')
    .argument('<url>', 'where to sign in')
    .option('--profile <name or id>', 'the profile to save to; made when there is none of that name')
    .option('--until-url <pattern>', 'done once a tab is at such a URL; * stands for anything')
    .option('--until-cookie <name>', 'done once there is a cookie of this name')
    .option('--timeout <seconds>', 'give up after this long', wholeNumber('seconds', 1));
  addOpeningOptions(addStateOptions(login))
    .addHelpText('after', HELP)
    .action(async (url: string, options: LoginOptions, command: Command) => {
      const address = url.includes('://') ? url : `https://${url}`;
      if (!URL.canParse(address)) throw new UsageError(`${JSON.stringify(url)} is not a URL.`);
      const { profile, endUser } = options;
      if (profile === undefined && endUser === undefined) throw new UsageError('Say what the login is for: --profile or --end-user.');
      if (profile === undefined) refuseProfileOptions(command);
      const client = await connect(command, terminal);
      const interrupt = new AbortController();
      const letGoOfSignals = onFirstSignal((name) => {
        terminal.note(terminal.noteColors.dim(`${name}: closing the browser${profile === undefined ? '' : ', which saves it'}`));
        interrupt.abort(new Error(`Interrupted by ${name}.`));
      });
      try {
        const login = { client, url: address, options, interrupt: interrupt.signal, terminal };
        if (profile !== undefined) await signIn(await findOrCreate(client, profile, endUser), login);
        else if (endUser !== undefined) await signInForTasks({ ...login, endUser });
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

/** Signs in, and saves that to a profile. */
async function signIn(profile: Profile, login: Login): Promise<void> {
  const { info, end } = await visit(profile, login);
  await report(login.client, profile, info, end, login.terminal);
}

/** Opens a browser for a profile, waits until whoever signs in is done, and closes it, which saves it. */
async function visit(profile: Profile, login: Login): Promise<Visit> {
  const { client, options, interrupt, terminal } = login;
  const browser = await terminal.progress('Opening a browser', async () => {
    const state = await toProfileRequest(client, { ...options, profile: profile.id, persist: true });
    // What a person types while they sign in nobody knows to be a secret before.
    return client.browsers.open({ ...toOpeningRequest(options), record: false, ...state }, { signal: interrupt, maxRetries: 0 });
  });
  let end: LoginEnd;
  try {
    end = await atTheSite(browser, profile, login);
  } catch (error) {
    const [closing] = await Promise.allSettled([browser.close()]);
    if (closing.status === 'fulfilled') throw error;
    throw new AggregateError([error, closing.reason], 'The login failed, and the browser was not closed well.');
  }
  return { info: await terminal.progress('Closing, which saves', () => browser.close()), end };
}

async function atTheSite(browser: Browser, profile: Profile, { client, url, options, interrupt, terminal }: Login): Promise<LoginEnd> {
  await terminal.progress(`Going to ${url}`, () => goTo(browser, url, interrupt, terminal));
  const link = await client.browsers.createLiveLink(browser.id, { scope: 'control', ttlSeconds: options.timeout ?? LINK_SECONDS });
  announce({ browser, profile, url, options, terminal, liveUrl: link.url ?? '' });
  const { untilUrl, untilCookie, timeout } = options;
  const conditions = { ...(untilUrl !== undefined && { untilUrl }), ...(untilCookie !== undefined && { untilCookie }) };
  return waitForLogin({ browser, terminal, conditions, timeoutMs: timeout === undefined ? undefined : timeout * 1000, interrupt });
}

async function findOrCreate(client: Carrel, name: string, endUser: string | undefined): Promise<Profile> {
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

interface Announcement extends Pick<Login, 'url' | 'options' | 'terminal'> {
  browser: Browser;
  profile: Profile;
  liveUrl: string;
}

function announce({ browser, profile, url, options, terminal, liveUrl }: Announcement): void {
  const { id, cdpUrl, info } = browser;
  if (terminal.isJson) {
    terminal.print(
      JSON.stringify({ event: 'opened', browserId: id, cdpUrl, liveUrl, profileId: profile.id, version: info.profile?.version ?? null }),
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
  terminal.note(howToSignIn({ browserId: id, liveUrl, url, options, isTerminal: terminal.surroundings.stdin.isTTY === true }));
}
