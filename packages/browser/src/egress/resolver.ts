import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';

/** Finds the addresses of a name, best first. Rejects when it has none; takes no notice of a signal: whoever asks has a deadline. */
export type Resolve = (name: string) => Promise<string[]>;

const QUERY_TIMEOUT_MS = 3_000;
const QUERY_TRIES = 2;

/** As any program of this machine does: hosts file, search domains and all. */
export const systemResolver: Resolve = async (name) => {
  const found: LookupAddress[] = await lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/** By asking name servers directly (`192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:53`). */
export function nameServerResolver(servers: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  resolver.setServers(servers);
  return async (name) => {
    const [v6, v4] = await Promise.allSettled([resolver.resolve6(name), resolver.resolve4(name)]);
    const found = [v6, v4].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length === 0 && v4.status === 'rejected') throw v4.reason;
    return found;
  };
}
