import type { KeptCookie, ProfileState } from '../state.js';

/** What merging needs of a state. */
export type CookieSide = Pick<ProfileState, 'cookies' | 'savedAt'>;

/** What makes a cookie another one instead of a newer one of the same. */
const identityOf = ({ name, domain, path, partitionKey }: KeptCookie) =>
  JSON.stringify([name, domain, path, partitionKey?.topLevelSite, partitionKey?.hasCrossSiteAncestor]);

const contentsOf = ({ changedAtMs: _, partitionKey: __, ...contents }: KeptCookie) =>
  JSON.stringify(Object.entries(contents).sort(([a], [b]) => (a < b ? -1 : 1)));

const isSame = (a: KeptCookie | undefined, b: KeptCookie | undefined) =>
  a === undefined || b === undefined ? a === b : contentsOf(a) === contentsOf(b);

/**
 * The cookies of two sides that began from the same. One that only one side set, changed or deleted is as that side has it; one that both
 * changed is as the newer change has it, where a deletion is as old as the state that lacks the cookie.
 */
export function mergeCookies(base: readonly KeptCookie[], theirs: CookieSide, mine: CookieSide): KeptCookie[] {
  const [before, inTheirs, inMine] = [base, theirs.cookies, mine.cookies].map(
    (cookies) => new Map(cookies.map((cookie) => [identityOf(cookie), cookie])),
  ) as [Map<string, KeptCookie>, Map<string, KeptCookie>, Map<string, KeptCookie>];
  const merged: KeptCookie[] = [];
  for (const identity of new Set([...inMine.keys(), ...inTheirs.keys()])) {
    const old = before.get(identity);
    const [their, my] = [inTheirs.get(identity), inMine.get(identity)];
    const areTheirs = !isSame(old, their) && (isSame(old, my) || timeOf(their, theirs) > timeOf(my, mine));
    const chosen = areTheirs ? their : my;
    if (chosen !== undefined) merged.push(chosen);
  }
  return merged;
}

const timeOf = (cookie: KeptCookie | undefined, { savedAt }: CookieSide) => cookie?.changedAtMs ?? Date.parse(savedAt);
