/** A value that is to be seen by nobody, and what stands in its place. */
export interface Secret {
  value: string;
  /** E.g. `[secret:shop.password]`. */
  label: string;
}

/** Shorter values are not redacted at all: they are in every text. */
const MIN_CHARS = 4;
/** Shorter ones only as whole words. */
const MIN_PART_CHARS = 8;
/** Forms are found by their first characters, so that a text is looked through once for all of them. */
const KEY_CHARS = [8, MIN_CHARS] as const;
/** What of a secret is left where a text was cut is one from this many characters on. */
const MIN_BEGINNING_CHARS = 8;
/** Characters that are compared beyond the first of forms, for each of a text. Only texts that were made for it need more. */
const MAX_STEPS_PER_CHAR = 32;
/** Where in Carrel's own structures stands what is of pages, callers or models: names of properties there are redacted too. */
const FOREIGN = new Set(['result', 'value', 'fields', 'input', 'details', 'data', 'structured_content']);
/** Fewer bytes have nothing of base64 that would be theirs alone. */
const MIN_BASE64_BYTES = 6;

interface Form {
  text: string;
  label: string;
  isWord: boolean;
}

interface Found {
  start: number;
  end: number;
  label: string;
}

/**
 * Takes secrets out of texts, in whatever form they stand there: as they are, with capitals and small letters changed, with white space as
 * browsers show it, and as JSON, URLs, HTML and base64 write them; also the beginning of one where a text was cut: before `…` or its end.
 * Values of fewer than 4 characters are left; those of fewer than 8 are taken out where they are words of their own. It takes time in
 * proportion to the text, whatever the secrets are: of a text made to take more, more is taken out than the secrets in it.
 */
export class Redactor {
  readonly #forms = new Map<string, FormGroup>();
  readonly #known = new Set<string>();

  constructor(secrets: Iterable<Secret> = []) {
    for (const secret of secrets) this.add(secret);
  }

  add({ value, label }: Secret): void {
    if (value.length < MIN_CHARS || this.#known.has(value)) return;
    this.#known.add(value);
    for (const shown of new Set([value, asShown(value)])) {
      const isWord = shown.length < MIN_PART_CHARS;
      for (const text of plainForms(shown)) this.#addForm({ text, label, isWord });
    }
    for (const text of base64Forms(value)) this.#addForm({ text, label, isWord: false });
  }

  /** Nothing is to be taken out of anything. */
  get isEmpty(): boolean {
    return this.#forms.size === 0;
  }

  /** Whether any of them is in a text. */
  finds(text: string): boolean {
    return !this.isEmpty && this.#find(fold(text)).next().done !== true;
  }

  /** Where in a text they are, from left to right. */
  *spans(text: string): Generator<{ start: number; end: number }> {
    if (!this.isEmpty) yield* this.#find(fold(text));
  }

  /**
   * A value with all of them taken out of its texts. Names of properties are Carrel's own and stay, but below `result`, `value` and other
   * such properties, where they are of a page or a caller. What is no plain data, such as bytes, stays as it is.
   */
  redact<T>(value: T): T {
    return this.isEmpty ? value : (this.#redact(value, false) as T);
  }

  #redact(value: unknown, isForeign: boolean): unknown {
    if (typeof value === 'string') return this.#redactText(value);
    if (typeof value === 'number') {
      const text = String(value);
      return this.finds(text) ? this.#redactText(text) : value;
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#redact(item, isForeign));
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    const redacted = new Map<string, unknown>();
    for (const [name, inner] of Object.entries(value)) {
      const key = isForeign ? unused(this.#redactText(name), redacted) : name;
      redacted.set(key, this.#redact(inner, isForeign || FOREIGN.has(name)));
    }
    return Object.fromEntries(redacted);
  }

  #redactText(text: string): string {
    let redacted = '';
    let from = 0;
    for (const { start, end, label } of this.#find(fold(text))) {
      redacted += text.slice(from, start) + label;
      from = end;
    }
    return from === 0 ? text : redacted + text.slice(from);
  }

  /** From left to right. Those that lie over each other are one, called as the longest of them is. */
  *#find(text: string): Generator<Found> {
    const steps = { left: text.length * MAX_STEPS_PER_CHAR };
    let found: (Found & { longest: number }) | undefined;
    for (let at = 0; at + MIN_CHARS <= text.length; at++) {
      if (found !== undefined && at >= found.end) {
        yield found;
        found = undefined;
      }
      const next = this.#at(text, at, steps);
      if (next === undefined) continue;
      const longest = next.end - at;
      if (found === undefined) found = { ...next, longest };
      else {
        if (longest > found.longest) Object.assign(found, { label: next.label, longest });
        found.end = Math.max(found.end, next.end);
      }
    }
    if (found !== undefined) yield found;
  }

  /** The longest that begins there: those found by more characters are longer. */
  #at(text: string, at: number, steps: { left: number }): Found | undefined {
    for (const chars of KEY_CHARS) {
      const found = this.#forms.get(text.slice(at, at + chars))?.longestAt(text, at, steps);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #addForm(given: Form): void {
    const form = { ...given, text: fold(given.text) };
    const chars = KEY_CHARS.find((count) => form.text.length >= count);
    if (chars === undefined) return;
    const key = form.text.slice(0, chars);
    const group = this.#forms.get(key) ?? new FormGroup(chars);
    this.#forms.set(key, group);
    group.add(form);
  }
}

/** Forms with the same first characters. */
class FormGroup {
  readonly #keyChars: number;
  readonly #forms = new Map<string, Form>();
  /** In the order of their UTF-16 units; undefined: it is not known yet. */
  #sorted: Form[] | undefined;
  #longestChars = 0;

  constructor(keyChars: number) {
    this.#keyChars = keyChars;
  }

  add(form: Form): void {
    const there = this.#forms.get(form.text);
    if (there !== undefined) {
      // What has to be a word in one form of a secret, and in another has not, is taken out everywhere.
      there.isWord &&= form.isWord;
      return;
    }
    this.#forms.set(form.text, form);
    this.#sorted = undefined;
    this.#longestChars = Math.max(this.#longestChars, form.text.length);
  }

  /**
   * The longest that stands there, or a beginning of one that the text ends in. Goes from character to character and leaves those out that go
   * on in another way, so that it costs no more than the longest that fits, however many there are.
   * @param at where the first characters of the group stand
   */
  longestAt(text: string, at: number, steps: { left: number }): Found | undefined {
    this.#sorted ??= [...this.#forms.values()].sort((one, other) => (one.text < other.text ? -1 : 1));
    const fitting = new FittingForms(this.#sorted);
    const foundAs = ({ label }: Form, chars: number): Found => ({ start: at, end: at + chars, label });
    let found: Found | undefined;
    for (let chars = this.#keyChars; ; chars++) {
      const whole = fitting.takeWhole(chars);
      if (whole !== undefined && (!whole.isWord || isWordAt(text, at, at + chars))) found = foundAs(whole, chars);
      const rest = fitting.first;
      if (rest === undefined) return found;
      if (chars >= MIN_BEGINNING_CHARS && isCutAt(text, at + chars) && (!rest.isWord || isEdge(text, at - 1, at)))
        found = foundAs(rest, chars);
      if (at + chars >= text.length) return found;
      if (steps.left-- <= 0) return foundAs(rest, Math.min(this.#longestChars, text.length - at));
      fitting.keep(chars, text.charCodeAt(at + chars));
    }
  }
}

/** Those of sorted forms that fit as far as they were looked at: they stand beside each other, the shortest first. */
class FittingForms {
  readonly #sorted: readonly Form[];
  #from = 0;
  #to: number;

  constructor(sorted: readonly Form[]) {
    this.#sorted = sorted;
    this.#to = sorted.length;
  }

  get first(): Form | undefined {
    return this.#from < this.#to ? this.#sorted[this.#from] : undefined;
  }

  /** The one that has no more characters than these: it is not among them any more. */
  takeWhole(chars: number): Form | undefined {
    const { first } = this;
    if (first?.text.length !== chars) return undefined;
    this.#from++;
    return first;
  }

  /** Those alone that have this character there. */
  keep(place: number, unit: number): void {
    const unitOf = (n: number) => (this.#sorted[n] as Form).text.charCodeAt(place);
    if (unitOf(this.#from) !== unit) this.#from = firstOf(this.#from, this.#to, (n) => unitOf(n) >= unit);
    if (this.#from < this.#to && unitOf(this.#to - 1) !== unit) this.#to = firstOf(this.#from, this.#to, (n) => unitOf(n) > unit);
  }
}

/** The first number from `from` on that has come as far as it should, as all after it have; `to`: none before it. */
function firstOf(from: number, to: number, isFarEnough: (n: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isFarEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Two names that became the same stay two. */
function unused(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
  return free;
}

/** Capitals of ASCII as small letters: every character stays where it is, as it does not in the lower case of all of Unicode. */
const fold = (text: string) => text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());

const isWordAt = (text: string, start: number, end: number) => isEdge(text, start - 1, start) && isEdge(text, end - 1, end);
const isEdge = (text: string, left: number, right: number) => !isWordCharacter(text[left]) || !isWordCharacter(text[right]);
const isCutAt = (text: string, at: number) => at === text.length || text[at] === '…';
const isWordCharacter = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}_]/u.test(char);

/** White space as browsers show it, and snapshots: characters that nobody sees are left out. */
const asShown = (value: string) =>
  value
    .replace(/[\u200b\u00ad]/g, '')
    .trim()
    .replace(/\s+/g, ' ');

/** A value as JSON, URLs, HTML and names of files write it; what is written within another such text too. */
function plainForms(value: string): Set<string> {
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = (text: string) => text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const wellFormed = value.replace(/\p{Cs}/gu, '\ufffd');
  const url = encodeURIComponent(wellFormed);
  const strictUrl = url.replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  const urls = [url, strictUrl, encodeURI(wellFormed)].flatMap((text) => [text, text.replaceAll('%20', '+')]);
  const html = htmlForms(value);
  const jsons = [json, ascii(json), ascii(value), JSON.stringify(json).slice(1, -1), json.replaceAll('/', '\\/')];
  // As Chromium names downloads (net/base/filename_util, "illegal characters").
  const files = [value.replace(/["*/:<>?\\|~]/g, '_'), value.replace(/["*/:<>?\\|]/g, '_')];
  return new Set([value, ...jsons, ...urls, encodeURIComponent(url), ...html, ...html.flatMap(htmlForms), ...files]);
}

/** Which quotes are written as what differs between those who write HTML. */
const QUOTES = [
  ['"', "'"],
  ['&quot;', "'"],
  ['&quot;', '&#39;'],
  ['&quot;', '&#x27;'],
  ['&#34;', '&#39;'],
  ['"', '&#39;'],
  ['&quot;', '&apos;'],
] as const;

function htmlForms(text: string): string[] {
  const html = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [...new Set(QUOTES.map(([double, single]) => html.replaceAll('"', double).replaceAll("'", single)))];
}

/** What base64 makes of a value wherever it stands in what is encoded: without the characters that what is around it has a part in. */
function base64Forms(value: string): Set<string> {
  const bytes = Buffer.from(value);
  const forms = new Set<string>();
  if (bytes.length < MIN_BASE64_BYTES) return forms;
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    const text = encoded.slice(first, last);
    forms.add(text);
    forms.add(text.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}
