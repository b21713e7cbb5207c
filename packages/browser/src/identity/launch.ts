import type { BrowserKind, Identity } from '@carrel/protocol';
import type { LaunchRequest } from '../isolation/index.js';
import { acceptLanguage } from './languages.js';
import { renderingOf } from './rendering/index.js';

/** What the tabs and the address bar of the full browser take of a window's height, in CSS pixels. */
const CHROMIUM_BARS_HEIGHT = 87;

type IdentityLaunch = Pick<LaunchRequest, 'windowSize' | 'flags' | 'timezone' | 'environment' | 'fontConfiguration'>;

/**
 * What of an identity is settled when Chromium starts: nearly all of it, and for everything that runs in the browser. What is left is told
 * to each page, frame and worker (`IdentityClient`).
 */
export function launchOf(identity: Identity, kind: BrowserKind): IdentityLaunch {
  const { userAgent, languages, locale, timezone, viewport, screen, colorScheme, rendering, seed } = identity;
  const variant = rendering === 'varied' ? renderingOf(seed, kind) : undefined;
  const isShell = kind === 'headless-shell';
  return {
    windowSize: { width: viewport.width, height: viewport.height + (isShell ? 0 : CHROMIUM_BARS_HEIGHT) },
    flags: [
      `--user-agent=${userAgent}`,
      // The full browser makes the header of the list, the shell sends what it is given.
      `--accept-lang=${isShell ? acceptLanguage(languages) : languages.join(',')}`,
      `--screen-info={${screen.width}x${screen.height}}`,
      // Blink's enum: 0 is dark.
      ...(colorScheme === 'dark' ? ['--blink-settings=preferredColorScheme=0'] : []),
      ...(variant?.flags ?? []),
    ],
    timezone,
    // Which translation Chromium runs in, and with it how Intl formats: on Linux it goes by the environment, not by --lang.
    environment: { LANGUAGE: locale.replace('-', '_') },
    ...(variant === undefined ? {} : { fontConfiguration: variant.fontConfiguration }),
  };
}
