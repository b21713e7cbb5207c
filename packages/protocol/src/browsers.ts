import { z } from 'zod';
import { endUserId, jsonValue, listQuery, metadata, timestamp } from './common.js';
import { identity, identityRequest } from './identity.js';
import { idSchema } from './ids.js';
import { browserNetwork, networkRules, proxies } from './network.js';
import { browserProfile, browserProfileRequest } from './profiles.js';
import { recordRequest } from './recordings.js';

export const browserId = idSchema('browser').describe('Id of a browser.');

/** Which Chromium: the small headless shell, or the full browser in its new headless mode. */
export const browserKind = z.enum(['headless-shell', 'chromium']);
export type BrowserKind = z.infer<typeof browserKind>;

/** The states of a browser. `closed`, `failed` and `timed_out` are ends: nothing follows them. */
export const browserStatus = z.enum(['starting', 'running', 'closing', 'closed', 'failed', 'timed_out']);
export type BrowserStatus = z.infer<typeof browserStatus>;

/** What keeps a browser in, from the weakest up. */
export const isolationLevel = z.enum(['process', 'sandbox']);
export type IsolationLevel = z.infer<typeof isolationLevel>;

/** Why a browser is no longer running. */
export const endReason = z.object({
  code: z.enum([
    'closed_by_client',
    'idle_timeout',
    'max_duration',
    'disk_exceeded',
    'memory_exceeded',
    'tasks_exceeded',
    'crashed',
    'launch_failed',
    'server_shutdown',
    'server_died',
  ]),
  message: z.string(),
});
export type EndReason = z.infer<typeof endReason>;

const idleTimeoutSeconds = z
  .number()
  .int()
  .min(1)
  .describe('Close after this long without a message from a client. Events of the page do not count.');
const maxDurationSeconds = z.number().int().min(1).describe('Close this long after the start, whatever happens.');

export const openBrowserRequest = z
  .strictObject({
    kind: browserKind.optional().describe('Default: headless-shell.'),
    idleTimeoutSeconds: idleTimeoutSeconds.optional().describe('Close after this long without a message from a client. Default 300.'),
    maxDurationSeconds: maxDurationSeconds.optional().describe('Close this long after the start. Default 3600.'),
    endUserId: endUserId
      .optional()
      .describe('Whom of your customers it is for. Browsers of one leave by the same proxy while there is it. It never changes.'),
    standby: z
      .boolean()
      .optional()
      .describe(
        'Whether it may be put to sleep while no client is connected, no call is under way and nothing goes over the network for a minute (`CARREL_STANDBY_AFTER_SECONDS`): it then uses no processor time, and wakes in milliseconds for whatever comes. Its timers wait, and a site that waits for a sign of life may hang up. Default true.',
      ),
    solveCaptchas: z
      .boolean()
      .optional()
      .describe(
        'Whether to look for captchas that stand in the way. Each is told in the log, given to the solving service if the operator has set one, and else to a person: the browser says so in `needsHuman`, with a live link, and waits `CARREL_HUMAN_TIMEOUT_SECONDS` for them without counting as idle. Default false.',
      ),
    record: recordRequest.optional(),
    metadata: metadata.optional(),
    profile: browserProfileRequest
      .optional()
      .describe('State to start with, and to keep. Its identity and proxies are used where the request names none of its own.'),
    proxies: proxies.optional(),
    network: networkRules.optional().describe('What pages may reach, of what the operator lets them reach. Default: all of that.'),
    identity: identityRequest
      .optional()
      .describe('Who the browser is to pages: language, time zone, screen and so on. What is left out is chosen so that it fits.'),
    waitMs: z
      .number()
      .int()
      .min(0)
      .max(600_000)
      .optional()
      .describe('When the project is at its limit, or the profile is in use, wait in line this long.'),
  })
  .meta({ id: 'OpenBrowserRequest' });
export type OpenBrowserRequest = z.infer<typeof openBrowserRequest>;

export const updateBrowserRequest = z
  .strictObject({
    idleTimeoutSeconds: idleTimeoutSeconds.optional(),
    maxDurationSeconds: maxDurationSeconds.optional().describe('Counted from the start, so that a larger number means longer.'),
    metadata: metadata.optional().describe('Replaces what was there.'),
  })
  .refine((value) => Object.keys(value).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateBrowserRequest' });
export type UpdateBrowserRequest = z.infer<typeof updateBrowserRequest>;

export const standby = z.enum(['off', 'awake', 'asleep']);
export type Standby = z.infer<typeof standby>;

export const startup = z.enum(['warm', 'cold']);
export type Startup = z.infer<typeof startup>;

/** Why a browser was launched for its request, and not taken from those that had been started ahead. */
export const startupReason = z.enum(['profile', 'pool_miss', 'pool_empty', 'pool_off']);
export type StartupReason = z.infer<typeof startupReason>;

/** What a browser waits for a person with. */
export const needsHuman = z
  .object({
    reason: z.enum(['captcha', 'sign_in']),
    message: z.string().describe('For the person: what to do.'),
    since: timestamp,
    expiresAt: timestamp.describe('How long it waits.'),
    liveUrl: z
      .string()
      .optional()
      .describe('Where anybody who has it can do it, without an account; a secret. Only for keys with browsers:write, and not in lists.'),
  })
  .meta({ id: 'NeedsHuman' });
export type NeedsHuman = z.infer<typeof needsHuman>;

/** One isolated browser. */
export const browser = z
  .object({
    id: browserId,
    status: browserStatus,
    kind: browserKind,
    browserVersion: z.string().nullable().describe('E.g. `156.0.8078.79`; null until it has started.'),
    isolation: z.object({ level: isolationLevel, reasons: z.array(z.string()).describe('Why not a higher level.') }),
    standby: standby.describe('Whether it sleeps now; `off`: it never does.'),
    startup: startup.describe('`warm`: it had been started ahead. `cold`: it was launched for this request.'),
    startupReason: startupReason
      .nullable()
      .describe(
        'Why `cold`: it starts with a profile (`profile`); nobody had asked for one of such a kind and identity lately (`pool_miss`); more were asked for than were ready (`pool_empty`); the operator keeps none ready (`pool_off`). Null when `warm`.',
      ),
    createdAt: timestamp,
    endedAt: timestamp.nullable(),
    expiresAt: timestamp.describe('When `maxDurationSeconds` is over.'),
    idleTimeoutSeconds,
    maxDurationSeconds,
    reason: endReason.nullable().describe('Why it ended.'),
    endUserId: endUserId.nullable(),
    metadata,
    network: browserNetwork,
    identity: identity.nullable().describe('Null until it has started.'),
    profile: browserProfile.nullable(),
    needsHuman: needsHuman.nullable().describe('Null: it waits for nobody.'),
    warnings: z.array(z.string()).describe('What was done otherwise than one might think when reading the request, in sentences.'),
    cdpUrl: z
      .string()
      .optional()
      .describe(
        'WebSocket URL for Playwright and Puppeteer; a secret. Not in lists, not after the end, and only for keys with browsers:write.',
      ),
    liveUrl: z
      .string()
      .optional()
      .describe(
        'Where somebody who is signed in to the dashboard sees it and can take it over. For a person without an account, make a live link. Not in lists, and not after the end.',
      ),
  })
  .meta({ id: 'Browser' });
export type Browser = z.infer<typeof browser>;

export const listBrowsersQuery = listQuery.extend({
  status: browserStatus.optional().describe('Only those in this state.'),
  endUserId: endUserId.optional().describe('Only those of this end user.'),
});

/** A line of a browser's durable log. */
export const browserEvent = z
  .object({
    id: z.number().int().describe('Counts up from 1 within the browser.'),
    type: z
      .enum([
        'browser.starting',
        'browser.running',
        'browser.closing',
        'browser.closed',
        'browser.failed',
        'browser.timed_out',
        'browser.asleep',
        'browser.awake',
        'browser.updated',
        'browser.memory_exceeded',
        'client.connected',
        'client.disconnected',
        'tab.opened',
        'tab.navigated',
        'tab.closed',
        'tab.crashed',
        'tab.refused',
        'dialog.opened',
        'download.started',
        'download.finished',
        'download.failed',
        'action.executed',
        'captcha.detected',
        'captcha.solved',
        'captcha.failed',
        'human.needed',
        'human.done',
        'human.missed',
        'login.saved',
        'login.failed',
        'network.refused',
        'network.exit_changed',
        'network.totals',
        'profile.restored',
        'profile.saved',
        'profile.save_failed',
        'live.link_created',
        'live.link_revoked',
        'control.taken',
        'control.released',
        'events.omitted',
      ])
      .describe(
        'Of each type that pages cause by themselves (tabs, dialogs, downloads), 300 a minute are written; `events.omitted` then says ' +
          'how many of which `type` were not.',
      ),
    createdAt: timestamp,
    data: z.record(z.string(), jsonValue),
  })
  .meta({ id: 'BrowserEvent' });
export type BrowserEvent = z.infer<typeof browserEvent>;
export type BrowserEventType = BrowserEvent['type'];

export const eventsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('Only events with a larger id.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
