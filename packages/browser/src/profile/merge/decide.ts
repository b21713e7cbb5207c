/** What is known of one part of what a storage key has stored: of its localStorage, or of one kind of storage in one of its buckets. */
export interface Part {
  /** Of what it holds, not of the files that hold it: opening a database writes these anew. */
  digest: string;
  /** Unix time in ms of its last change, as far as that can be told. */
  changedAtMs: number;
}

export type Parts = ReadonlyMap<string, Part>;

export interface Side {
  parts: Parts;
  /** Unix time in ms of when all of it was saved: when what is gone was last seen to be gone. */
  savedAtMs: number;
}

const NOTHING: Parts = new Map();

/**
 * Whose storage a storage key is to have. All of its parts come from one side: sites keep in one what they need to make sense of another (a
 * key in IndexedDB for what is encrypted in localStorage), so that a mixture may be of use to nobody.
 */
export function decide(base: Parts | undefined, theirs: Side, mine: Side): 'theirs' | 'mine' {
  const inTheirs = changedParts(base ?? NOTHING, theirs.parts);
  if (inTheirs.length === 0) return 'mine';
  const inMine = changedParts(base ?? NOTHING, mine.parts);
  if (inMine.length === 0) return 'theirs';
  return newest(inTheirs, theirs) > newest(inMine, mine) ? 'theirs' : 'mine';
}

function changedParts(base: Parts, side: Parts): string[] {
  return [...new Set([...base.keys(), ...side.keys()])].filter((name) => base.get(name)?.digest !== side.get(name)?.digest);
}

const newest = (names: readonly string[], { parts, savedAtMs }: Side) =>
  Math.max(...names.map((name) => parts.get(name)?.changedAtMs ?? savedAtMs));
