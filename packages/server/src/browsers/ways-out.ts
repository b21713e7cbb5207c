import { readFile } from 'node:fs/promises';
import {
  type Allowance,
  type BrowserOptions,
  EgressPolicy,
  ExitPool,
  firstExit,
  LocalAddresses,
  parseAllowance,
  UpstreamProxy,
} from '@carrel/browser';
import { CarrelError, type OpenBrowserRequest, type PoolEntry, poolEntry } from '@carrel/protocol';
import { z } from 'zod';
import type { Settings } from '../settings/index.js';

/** How one browser leaves, until it is disposed of. */
export interface WayOut extends Disposable {
  readonly egress: NonNullable<BrowserOptions['egress']>;
  /** Where it leaves, two letters of ISO 3166-1; null: not known. */
  readonly country: string | null;
  /** What the caller should know about it, in sentences. */
  readonly warnings: readonly string[];
}

type Asked = Pick<OpenBrowserRequest, 'proxies' | 'network'>;
type EgressSettings = Pick<
  Settings,
  'egressAllow' | 'egressAddresses' | 'egressNameServers' | 'egressLogUrls' | 'proxies' | 'proxiesRequired'
>;

const NO_POOL = 'proxies: true leaves directly from this machine: its operator has set no proxies (CARREL_PROXIES).';

/** The ways out that this server has for its browsers: the policy that all share, the operator's proxies and local addresses. */
export class WaysOut {
  readonly #settings: EgressSettings;
  readonly #policy: EgressPolicy;
  readonly #pool: ExitPool;
  readonly #localAddresses: LocalAddresses;

  private constructor(settings: EgressSettings, pool: ExitPool) {
    this.#settings = settings;
    this.#policy = egressPolicy(settings, settings.egressAllow);
    this.#pool = pool;
    this.#localAddresses = new LocalAddresses(settings.egressAddresses);
  }

  /** @throws {CarrelError} `invalid_request` when the file of the pool cannot be read or is not right */
  static async create(settings: EgressSettings): Promise<WaysOut> {
    const { proxies } = settings;
    return new WaysOut(settings, new ExitPool(typeof proxies === 'string' ? await readPool(proxies) : proxies));
  }

  /**
   * Finds the way out that a request asks for.
   * @param key what is to keep its exit
   * @throws {CarrelError} `no_exit_available`
   */
  find({ proxies, network }: Asked, key: string): WayOut {
    const { upstreams, warnings } = this.#upstreams(proxies, key);
    const lease = this.#localAddresses.take();
    return {
      egress: {
        policy: this.#policy,
        rules: network ?? {},
        upstreams,
        localAddresses: lease.addresses,
        loggedUrls: this.#settings.egressLogUrls,
      },
      country: firstExit(upstreams)?.info.country ?? null,
      warnings,
      [Symbol.dispose]: () => lease[Symbol.dispose](),
    };
  }

  /** Lets pages reach something (`10.1.2.3:8080`) until this is disposed of. @throws {CarrelError} `invalid_request` */
  allow(text: string): Disposable {
    return this.#policy.allow(toAllowance(text));
  }

  /** From now on pages may not reach this port of this machine, whatever else they may. */
  addOwnPort(port: number): void {
    this.#policy.addOwnPort(port);
  }

  #upstreams(proxies: Asked['proxies'], key: string): { upstreams: UpstreamProxy[]; warnings: string[] } {
    if (proxies === undefined || proxies === false) return { upstreams: [], warnings: [] };
    if (typeof proxies === 'object') return { upstreams: proxies.map((proxy) => UpstreamProxy.ofRequest(proxy)), warnings: [] };
    const upstreams = this.#pool.choose(proxies === true ? { key } : { key, country: proxies });
    if (upstreams.length > 0) return { upstreams, warnings: [] };
    if (proxies === true && !this.#settings.proxiesRequired) return { upstreams: [], warnings: [NO_POOL] };
    const what = proxies === true ? 'The operator has set no proxies' : `The operator has no proxy in ${proxies.toUpperCase()}`;
    throw new CarrelError(
      'no_exit_available',
      `${what} (CARREL_PROXIES). Name a proxy of your own, or leave "proxies" out to leave directly.`,
      {
        details: { proxies },
      },
    );
  }
}

/**
 * What may be connected to on behalf of callers.
 * @param allow what of it although it is not public
 */
export function egressPolicy(
  { egressNameServers, egressAddresses }: Pick<Settings, 'egressNameServers' | 'egressAddresses'>,
  allow: readonly string[],
): EgressPolicy {
  return new EgressPolicy({
    allowances: allow.map(toAllowance),
    nameServers: egressNameServers,
    localRanges: egressAddresses.map(toAllowance),
  });
}

function toAllowance(text: string): Allowance {
  const allowance = parseAllowance(text);
  if (allowance !== undefined) return allowance;
  throw new CarrelError(
    'invalid_request',
    `${JSON.stringify(text)} is no address or CIDR range with an optional port, such as 10.1.2.3:8080.`,
  );
}

async function readPool(path: string): Promise<PoolEntry[]> {
  const wrong = (why: string, cause: unknown) =>
    new CarrelError('invalid_request', `CARREL_PROXIES names the file ${path}, which ${why}.`, { cause });
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw wrong(`cannot be read: ${cause.message}`, cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and that has passwords.
    throw wrong('must hold JSON', undefined);
  }
  const parsed = z.array(poolEntry).safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrong(`must hold an array of {url, country, city, tags, weight}: ${issue?.path.join('.')}: ${issue?.message}`, undefined);
}
