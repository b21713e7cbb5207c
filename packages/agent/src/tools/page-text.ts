const PART_CHARS = 24_000;
const MAX_MATCHES = 20;
const CONTEXT_LINES = 2;

/** Splits text into parts of about this size, at line ends where lines are not longer than that. */
export function splitAtLineEnds(text: string, maxChars = PART_CHARS): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > maxChars) {
    const end = rest.lastIndexOf('\n', maxChars);
    const at = end > 0 ? end : maxChars;
    parts.push(rest.slice(0, at));
    rest = rest.slice(end > 0 ? at + 1 : at);
  }
  return [...parts, rest];
}

/** The text of a page in parts, one of which is shown. A page that is left takes the choice of the part with it. */
export class PageText {
  #parts: string[] = [''];
  #shown = 1;
  #of = '';

  /** @param of what it is the text of: the URL and the tab */
  replace(text: string, of: string): void {
    this.#parts = splitAtLineEnds(text);
    if (of !== this.#of) this.#shown = 1;
    this.#of = of;
  }

  get shown(): { text: string; part: number; parts: number } {
    const part = Math.min(this.#shown, this.#parts.length);
    return { text: this.#parts[part - 1] ?? '', part, parts: this.#parts.length };
  }

  /** Whether there is such a part; from now on it is the one that is shown. */
  show(part: number): boolean {
    if (part > this.#parts.length) return false;
    this.#shown = part;
    return true;
  }

  /** The places that have all words of a query in a line, with the lines round them, and the parts that they are in. */
  search(query: string): { matches: { part: number; text: string }[]; total: number } {
    const words = query.toLowerCase().split(/\s+/);
    const matches: { part: number; text: string }[] = [];
    let total = 0;
    for (const [index, text] of this.#parts.entries()) {
      const lines = text.split('\n');
      let shownUpTo = -1;
      for (const [n, line] of lines.entries()) {
        const lower = line.toLowerCase();
        if (!words.every((word) => lower.includes(word))) continue;
        total++;
        if (matches.length >= MAX_MATCHES || n <= shownUpTo) continue;
        shownUpTo = n + CONTEXT_LINES;
        matches.push({ part: index + 1, text: lines.slice(Math.max(0, n - CONTEXT_LINES), shownUpTo + 1).join('\n') });
      }
    }
    return { matches, total };
  }
}
