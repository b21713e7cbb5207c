/** A line of our snapshot: its role, its name as JSON, what is in brackets, and a text behind it. */
const LINE = /^(?<indent>\s*)- (?<role>[\w-]+)(?: (?<name>"(?:[^"\\]|\\.)*"))?(?<flags>(?: \[[^\]]*\])*)(?::(?: (?<text>.*))?)?$/;

export interface SnapshotLine {
  /** How far it is indented. */
  readonly depth: number;
  readonly role: string;
  readonly name: string;
  readonly text: string;
  /** Of what can be named in an action. */
  readonly ref: string | undefined;
  readonly isDisabled: boolean;
}

/** The lines of a snapshot that say what an element is, without their quotes. */
export function linesOf(snapshot: string): SnapshotLine[] {
  return snapshot.split('\n').flatMap((line) => {
    const { indent = '', role = '', name, flags = '', text } = LINE.exec(line)?.groups ?? {};
    if (role === '') return [];
    const ref = /\[ref=([^\]]+)\]/.exec(flags)?.[1];
    return [{ depth: indent.length, role, name: unquoted(name), text: unquoted(text), ref, isDisabled: flags.includes('[disabled]') }];
  });
}

/** Names, and texts that would read as something else, are quoted in the snapshot. */
function unquoted(text: string | undefined): string {
  if (text === undefined) return '';
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text; // it only begins like one
  }
}
