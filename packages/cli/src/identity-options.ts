import type { OpenBrowserRequest } from '@carrel/sdk';
import { type Command, InvalidArgumentError, Option } from 'commander';

type Identity = NonNullable<OpenBrowserRequest['identity']>;

/** What `addIdentityOptions` adds to a command's options. */
export type IdentityOptions = Identity;

/** Options that say who a browser is to pages. */
export function addIdentityOptions(command: Command): Command {
  return command
    .option('--locale <locale>', 'language and region that pages see, such as de-DE')
    .option('--languages <list>', 'languages that pages see, best first, such as de-CH,fr,en', (text) => text.split(','))
    .option('--timezone <zone>', 'time zone that pages see, such as Europe/Berlin')
    .option('--user-agent <text>', "Chromium's own user agent, with tokens of yours after it")
    .option('--viewport <width>x<height>', 'size of what a page has of the window, such as 1280x720', toSize)
    .option('--screen <width>x<height>', 'size of the screen, such as 1920x1080', toSize)
    .addOption(new Option('--color-scheme <scheme>', 'what pages see as prefers-color-scheme').choices(['light', 'dark']))
    .option('--geolocation <place>', 'latitude,longitude where pages are told that they are, such as 52.52,13.4', toPlace)
    .addOption(new Option('--rendering <rendering>', 'whether text is drawn in a way of its own').choices(['default', 'varied']))
    .option('--seed <text>', 'what chooses that way: the same for the same seed');
}

/** The field of the request that the options ask for. */
export function toIdentityRequest(options: IdentityOptions): Pick<OpenBrowserRequest, 'identity'> {
  const { locale, languages, timezone, userAgent, viewport, screen, colorScheme, geolocation, rendering, seed } = options;
  const given = { locale, languages, timezone, userAgent, viewport, screen, colorScheme, geolocation, rendering, seed };
  const asked = Object.entries(given).filter(([, value]) => value !== undefined);
  return asked.length === 0 ? {} : { identity: Object.fromEntries(asked) as Identity };
}

function toSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (width === undefined || height === undefined) throw new InvalidArgumentError('It must be width x height in pixels, such as 1280x720.');
  return { width: Number(width), height: Number(height) };
}

function toPlace(text: string): { latitude: number; longitude: number } {
  const [, latitude, longitude] = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (latitude === undefined || longitude === undefined)
    throw new InvalidArgumentError('It must be latitude,longitude in degrees, such as 52.52,13.4.');
  return { latitude: Number(latitude), longitude: Number(longitude) };
}
