import type { NetworkRules } from '@carrel/protocol';
import pLimit from 'p-limit';
import { parseAddress } from './addresses.js';
import { withDeadline } from './deadline.js';
import { EgressFailure } from './failure.js';
import type { EgressPolicy } from './policy.js';
import { Rules } from './rules.js';
import type { Target } from './target.js';

/** The machine looks up only a few names at a time; a page that asks for names nobody answers for shall not take all of that. */
const MAX_LOOKUPS = 2;

/** What one browser may connect to. Names are resolved here and nowhere else: whoever connects is given addresses. */
export class Gate {
  readonly #policy: EgressPolicy;
  readonly #rules: Rules;
  readonly #lookupTimeoutMs: number;
  readonly #limit = pLimit(MAX_LOOKUPS);

  constructor(policy: EgressPolicy, rules: NetworkRules, lookupTimeoutMs: number) {
    this.#policy = policy;
    this.#rules = new Rules(rules);
    this.#lookupTimeoutMs = lookupTimeoutMs;
  }

  /**
   * The addresses of a target, every one of them allowed: a single bad one refuses the name, since it is the page's name server that
   * chooses which of them is used.
   * @throws {EgressFailure} when a rule refuses it or the name has no address
   */
  async addressesOf(target: Target, signal: AbortSignal): Promise<string[]> {
    this.#rules.check(target);
    return this.#vet(target, await this.#resolve(target.host, signal), this.#rules);
  }

  /**
   * What can be said of a target before its name is looked up: of an address, and of a name that means this machine, all of it.
   * @throws {EgressFailure} when it is refused
   */
  checkWritten(target: Target): void {
    this.#rules.check(target);
    this.#vet(target, writtenAddresses(target.host) ?? [], this.#rules);
  }

  /** The same as `addressesOf` for a connection that has been made. @throws {EgressFailure} when a rule refuses it now */
  checkConnected(address: string, target: Target): void {
    this.#vet(target, [address], this.#rules);
  }

  /**
   * Refuses a target of an upstream proxy, which resolves names by itself. Where a name resolves here too, its addresses must be allowed.
   * @throws {EgressFailure} when a rule refuses it
   */
  async checkForUpstream(target: Target, signal: AbortSignal): Promise<void> {
    this.#rules.check(target);
    const addresses = await this.#resolve(target.host, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof EgressFailure) return []; // a name that only the upstream knows
      throw error;
    });
    this.#vet(target, addresses, this.#rules);
  }

  /**
   * The addresses of a proxy that the caller named: the server connects to it on the caller's behalf, so that it is no better than a page's
   * target. The browser's own rules are about pages and do not count.
   * @throws {EgressFailure} when it is not allowed or the name has no address
   */
  async addressesOfProxy(target: Target, signal: AbortSignal): Promise<string[]> {
    return this.#vet(target, await this.#resolve(target.host, signal));
  }

  /** The addresses of a proxy of the operator's, who may keep it on a private network. */
  addressesOfTrusted(target: Target, signal: AbortSignal): Promise<string[]> {
    return this.#resolve(target.host, signal);
  }

  #vet(target: Target, addresses: readonly string[], rules?: Rules): string[] {
    return addresses.map((text) => {
      const address = parseAddress(text);
      if (address === undefined) throw new EgressFailure('name_not_resolved', `${target.host} resolves to ${text}, which is no address.`);
      this.#policy.checkAddress(address, target.port, target.host);
      rules?.checkAddress(address, target);
      // As it was looked at, and not as it was written.
      return address.toString();
    });
  }

  async #resolve(host: string, signal: AbortSignal): Promise<string[]> {
    const written = writtenAddresses(host);
    if (written !== undefined) return written;
    // Nobody waits any more for what is still in line then.
    const isOver = AbortSignal.any([signal, AbortSignal.timeout(this.#lookupTimeoutMs)]);
    try {
      return await withDeadline(
        this.#limit(() => (isOver.aborted ? Promise.reject(isOver.reason) : this.#policy.resolve(host))),
        this.#lookupTimeoutMs,
        signal,
      );
    } catch (cause) {
      signal.throwIfAborted();
      throw new EgressFailure('name_not_resolved', `The name ${host} could not be resolved.`, { cause });
    }
  }
}

/** The addresses of a host that nobody is asked for. */
function writtenAddresses(host: string): string[] | undefined {
  if (parseAddress(host) !== undefined) return [host];
  // RFC 6761, section 6.3: never a question for a name server.
  return /(^|\.)localhost\.?$/.test(host) ? ['127.0.0.1', '::1'] : undefined;
}
