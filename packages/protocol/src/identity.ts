import { z } from 'zod';

/** In CSS pixels. Chromium's windows are at least 500 pixels wide. */
const size = z.strictObject({ width: z.number().int().min(500).max(7680), height: z.number().int().min(300).max(4320) });
const viewport = size.describe('What a page has of the window, in CSS pixels. Windows that a page opens with a size of its own have that.');
const screen = size.describe('In CSS pixels; at least as large as the viewport.');
const colorScheme = z.enum(['light', 'dark']).describe('What pages see as `prefers-color-scheme`.');

const geolocation = z
  .strictObject({
    latitude: z.number().min(-90).max(90).describe('Degrees north.'),
    longitude: z.number().min(-180).max(180).describe('Degrees east.'),
    accuracy: z.number().positive().max(100_000).default(50).describe('Metres.'),
  })
  .describe('Where pages are told that they are, without having to ask for permission.');

const locale = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-([A-Za-z]{2}|\d{3}))?$/, 'must be a language with an optional region, such as de-DE or es-419')
  .describe(
    'Language and region. As in every Chrome, `Intl` formats by the translation of Chromium that serves it: `de` for de-DE and de-AT, es-419 for es-MX.',
  );
const language = z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as fr or pt-BR');

const rendering = z
  .enum(['default', 'varied'])
  .describe("How text is drawn: in a way that the seed chooses, as different machines do, or as this server's fonts and settings have it.");
const seed = z.string().min(1).max(64).describe('Chooses how text is drawn: one seed, kind and Chromium version always draw it the same.');

/** Who a browser is to be, as far as the caller says; the rest follows from that. */
export const identityRequest = z
  .strictObject({
    locale: locale.optional(),
    languages: z
      .array(language)
      .min(1)
      .max(10)
      .optional()
      .describe('What pages see as `navigator.languages` and in Accept-Language, best first. Default: those of the locale.'),
    timezone: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/, 'must be an IANA time zone such as Europe/Berlin')
      .max(64)
      .optional()
      .describe('IANA time zone. Default: that of the country of the exit when it is known, else that of the server.'),
    userAgent: z
      .string()
      .max(512)
      .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')
      .optional()
      .describe('Only what is true of the Chromium that runs: its own user agent, with tokens of yours after it if you like.'),
    viewport: viewport.optional().describe(`${viewport.description} Default: 1280×720.`),
    screen: screen.optional().describe(`${screen.description} Default: 1920×1080, or larger when the viewport is.`),
    colorScheme: colorScheme.optional().describe(`${colorScheme.description} Default: light.`),
    geolocation: geolocation.optional(),
    rendering: rendering.optional().describe(`${rendering.description} Default: varied.`),
    seed: seed.optional().describe(`${seed.description} Default: a random one.`),
  })
  .meta({ id: 'IdentityRequest' });
export type IdentityRequest = z.infer<typeof identityRequest>;

/** Who a browser is: the same on every page, frame and worker, from the first script on. */
export const identity = z
  .object({
    locale,
    languages: z.array(language).describe('`navigator.languages`, and Accept-Language.'),
    timezone: z.string().describe('IANA time zone.'),
    userAgent: z.string(),
    viewport,
    screen,
    colorScheme,
    geolocation: geolocation.nullable().describe('Null: pages have to ask, and nobody answers.'),
    rendering,
    seed,
  })
  .meta({ id: 'Identity' });
export type Identity = z.infer<typeof identity>;
