import { CarrelError } from './errors.js';
import { type CallOptions, type Fetch, type PlainRequest, Transport } from './http/transport.js';
import { ApiKeys } from './resources/api-keys.js';
import { AuditEvents } from './resources/audit-events.js';
import { Browsers } from './resources/browsers.js';
import { Dashboard } from './resources/dashboard.js';
import { type EndUsers, endUsersOf } from './resources/end-users.js';
import { Events } from './resources/events.js';
import { MasterKey } from './resources/master-key.js';
import { Profiles } from './resources/profiles.js';
import { Projects } from './resources/projects.js';
import { Recordings } from './resources/recordings.js';
import { Sessions } from './resources/sessions.js';
import { Tasks } from './resources/tasks.js';
import { Webhooks } from './resources/webhooks.js';
import type { Capacity, Health, Readiness, SettingsOfServer } from './types.js';

const DEFAULT_URL = 'http://127.0.0.1:7070';
const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_RETRIES = 2;

export interface CarrelOptions {
  /** Where the server is. Default: `CARREL_URL`, else `http://127.0.0.1:7070`. */
  url?: string;
  /** An API key, `ck_…`. Default: `CARREL_API_KEY`. A web page of the server itself needs none: its cookie goes along (`client.dashboard`). */
  apiKey?: string;
  /** What to send requests with. Default: the platform's `fetch`. */
  fetch?: Fetch;
  /** How long one call may take in all, on top of the time that the call itself lets the server take. Default 60,000. */
  timeoutMs?: number;
  /** How often to try again where that is safe. Default 2. */
  maxRetries?: number;
  /** Gives up every call of this client. */
  signal?: AbortSignal;
}

/**
 * A client of one Carrel server. It holds no connection of its own and need not be closed.
 *
 * @example
 * import { Carrel } from '@carrel/sdk';
 *
 * const client = new Carrel(); // CARREL_URL and CARREL_API_KEY
 * await using browser = await client.browsers.open();
 * await browser.execute({ type: 'goto', url: 'https://example.com' });
 * console.log((await browser.observe()).metadata.title);
 * @example
 * const { result, sessionId } = await client.tasks.run({ endUserId: 'ann', task: 'What is on sale?', startUrl: 'https://shop.example' });
 */
export class Carrel {
  readonly browsers: Browsers;
  readonly profiles: Profiles;
  readonly recordings: Recordings;
  readonly tasks: Tasks;
  readonly sessions: Sessions;
  /** Your own customers: `client.endUsers('ann').credentials.set(…)`. */
  readonly endUsers: EndUsers;
  readonly webhooks: Webhooks;
  /** What happens in the whole project. */
  readonly events: Events;
  readonly projects: Projects;
  readonly apiKeys: ApiKeys;
  readonly auditEvents: AuditEvents;
  readonly masterKey: MasterKey;
  /** Signing in to the page that the server serves. */
  readonly dashboard: Dashboard;
  readonly #transport: Transport;

  /** @throws CarrelError `invalid_configuration` when the URL is not one */
  constructor(options: CarrelOptions = {}) {
    this.#transport = new Transport({
      url: baseUrl(options.url ?? environment('CARREL_URL') ?? DEFAULT_URL),
      apiKey: options.apiKey ?? environment('CARREL_API_KEY'),
      fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      maxRetries: options.maxRetries ?? DEFAULT_MAX_RETRIES,
      signal: options.signal,
    });
    this.browsers = new Browsers(this.#transport);
    this.profiles = new Profiles(this.#transport);
    this.recordings = new Recordings(this.#transport);
    this.tasks = new Tasks(this.#transport);
    this.sessions = new Sessions(this.#transport);
    this.endUsers = endUsersOf(this.#transport);
    this.webhooks = new Webhooks(this.#transport);
    this.events = new Events(this.#transport);
    this.projects = new Projects(this.#transport);
    this.apiKeys = new ApiKeys(this.#transport);
    this.auditEvents = new AuditEvents(this.#transport);
    this.masterKey = new MasterKey(this.#transport);
    this.dashboard = new Dashboard(this.#transport);
  }

  /** Where the server is. */
  get url(): string {
    return this.#transport.url;
  }

  /** How many browsers and tasks the project has, and may have; with `projects:manage` also how much the server can do. */
  capacity(options: CallOptions = {}): Promise<Capacity> {
    return this.#transport.json<Capacity>({ method: 'GET', path: '/v1/capacity' }, options);
  }

  /** What the server is set to, and where each value came from. Needs the scope `projects:manage`. */
  settings(options: CallOptions = {}): Promise<SettingsOfServer> {
    return this.#transport.json<SettingsOfServer>({ method: 'GET', path: '/v1/settings' }, options);
  }

  /** Whether the server answers, and its version. Needs no API key. */
  health(options: CallOptions = {}): Promise<Health> {
    return this.#transport.json<Health>({ method: 'GET', path: '/health' }, options);
  }

  /** Whether browsers can be opened now, and if not, why. Needs no API key. */
  ready(options: CallOptions = {}): Promise<Readiness> {
    return this.#transport.json<Readiness>({ method: 'GET', path: '/ready', alsoAnswers: [503] }, options);
  }

  /**
   * Any call of the API that answers JSON or nothing (undefined), by its path: for what this client has no method for. Errors, retries and
   * the time limit are those of every call.
   *
   * @example
   * await client.request({ method: 'GET', path: '/openapi.json' });
   */
  request(request: PlainRequest, options: CallOptions = {}): Promise<unknown> {
    return this.#transport.jsonOrNothing(request, options);
  }
}

/** A variable of the environment, where there is one: web pages have none. */
function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name] || undefined;
}

function baseUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isUsable = parsed && ['http:', 'https:'].includes(parsed.protocol) && !parsed.username && !parsed.search && !parsed.hash;
  if (!isUsable) {
    throw new CarrelError(
      'invalid_configuration',
      `The URL of the server must be like ${DEFAULT_URL}, without query or password, not ${JSON.stringify(url)}. Set \`url\` or CARREL_URL.`,
    );
  }
  return parsed.href.replace(/\/+$/, '');
}
