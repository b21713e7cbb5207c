import { lookup, Resolver } from 'node:dns/promises';
const QUERY_TIMEOUT_MS = 3_000;
const QUERY_TRIES = 2;
/** As any program of this machine does: hosts file, search domains and all. */
export const systemResolver = async (name) => {
    const found = await lookup(name, { all: true, verbatim: true });
    return found.map(({ address }) => address);
};
/** By asking name servers directly (`192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:53`). */
export function nameServerResolver(servers) {
    const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
    resolver.setServers(servers);
    return async (name) => {
        const [v6, v4] = await Promise.allSettled([resolver.resolve6(name), resolver.resolve4(name)]);
        const found = [v6, v4].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
        if (found.length === 0 && v4.status === 'rejected')
            throw v4.reason;
        return found;
    };
}
//# sourceMappingURL=resolver.js.map