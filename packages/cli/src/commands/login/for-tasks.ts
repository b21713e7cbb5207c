import type { BrowserEvent, Carrel, EndUserLogin, LoginRequest } from '@carrel/sdk';
import type { Command } from 'commander';
import { EXIT, UsageError } from '../../exit-codes.js';
import { type IdentityOptions, toIdentityRequest } from '../../identity-options.js';
import { type ExitOptions, toExitRequest } from '../../network-options.js';
import type { OpeningOptions } from '../../opening-options.js';
import { printable, type Terminal } from '../../terminal.js';
import type { Conditions } from './conditions.js';
import { quoted } from './report.js';

export interface LoginForTasks {
  client: Carrel;
  endUser: string;
  url: string;
  options: Pick<OpeningOptions, 'kind'> & IdentityOptions & ExitOptions & Conditions & { timeout?: number };
  /** Aborts with the first signal to this program. */
  interrupt: AbortSignal;
  terminal: Terminal;
}

/** What is said of a browser that saves to a profile: that of an end user's login has limits of its own. */
const OF_PROFILES = [
  'idleTimeout',
  'maxDuration',
  'standby',
  'metadata',
  'waitMs',
  'allow',
  'deny',
  'onConflict',
  'tabs',
  'sessionStorage',
];

/** @throws {UsageError} when an option was given that goes with `--profile` only */
export function refuseProfileOptions(command: Command): void {
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  const foreign = given.filter((option) => OF_PROFILES.includes(option.attributeName())).map(({ long }) => long);
  if (foreign.length > 0) throw new UsageError(`${foreign.join(', ')}: only with --profile.`);
  if (given.filter((option) => option.attributeName().startsWith('until')).length > 1) {
    throw new UsageError('--until-url and --until-cookie: both only with --profile, else one of them.');
  }
}

/** Has somebody sign in by a link, until they press Done there or the condition is met; the server keeps that for the tasks of the end user. */
export async function signInForTasks(login: LoginForTasks): Promise<void> {
  const { client, endUser, url, options, interrupt, terminal } = login;
  const request = requestOf(url, options);
  const opened = await terminal.progress('Opening a browser', () =>
    client.endUsers(endUser).login(request, { signal: interrupt, maxRetries: 0 }),
  );
  announce(opened, login);
  report(await untilOver(opened, login), login);
}

function requestOf(url: string, options: LoginForTasks['options']): LoginRequest {
  const { untilUrl, untilCookie, timeout, kind } = options;
  return {
    url,
    ...(untilUrl !== undefined && { until: { url: untilUrl } }),
    ...(untilCookie !== undefined && { until: { cookie: untilCookie } }),
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(kind && { kind }),
    ...toExitRequest(options),
    ...toIdentityRequest(options),
  };
}

function announce({ browserId, liveUrl, expiresAt }: EndUserLogin, { endUser, options, terminal }: LoginForTasks): void {
  if (terminal.isJson) {
    terminal.print(JSON.stringify({ event: 'opened', browserId, liveUrl, expiresAt, endUserId: endUser }));
    return;
  }
  terminal.print(
    terminal.fields([
      ['id', terminal.colors.bold(browserId)],
      ['liveUrl', liveUrl],
    ]),
  );
  const { untilUrl, untilCookie } = options;
  const condition = untilUrl === undefined ? untilCookie && `there is a cookie ${untilCookie}` : `a tab is at ${untilUrl}`;
  terminal.note(`
Whoever has that link can sign in by it until ${expiresAt}, with no account. It is over when they press Done there${condition ? `, or ${condition}` : ''}: then it is
kept for the tasks of ${printable(endUser)}. Nobody else reads or drives that browser. Ctrl-C gives it up.`);
}

/** @returns the last word of the log of its browser; undefined: there was none */
async function untilOver({ browserId }: EndUserLogin, { client, interrupt }: LoginForTasks): Promise<BrowserEvent | undefined> {
  const browser = await client.browsers.get(browserId);
  // Closing it ends the login, which the log says like any other end.
  const giveUp = () => void browser.close().catch(() => {});
  if (interrupt.aborted) giveUp();
  else interrupt.addEventListener('abort', giveUp, { once: true });
  try {
    for await (const event of browser.events({ follow: true })) {
      if (event.type === 'login.saved' || event.type === 'login.failed') return event;
    }
    return undefined;
  } finally {
    interrupt.removeEventListener('abort', giveUp);
  }
}

function report(end: BrowserEvent | undefined, { endUser, interrupt, terminal }: LoginForTasks): void {
  const isSaved = end?.type === 'login.saved';
  const message = isSaved ? null : String(end?.data.message ?? 'The browser ended.');
  if (!isSaved) terminal.exitCode = EXIT.failed;
  if (terminal.isJson) {
    const how = isSaved ? 'saved' : interrupt.aborted ? 'interrupted' : 'failed';
    terminal.print(JSON.stringify({ event: 'closed', end: how, endUserId: endUser, message }));
  } else if (isSaved) {
    terminal.print(`The tasks of ${printable(endUser)} are signed in from now on.`);
    terminal.note(terminal.noteColors.dim(`What there is: carrel credentials ls ${quoted(endUser)}`));
  } else terminal.print(`Nothing was kept: ${printable(message ?? '')}`);
}
