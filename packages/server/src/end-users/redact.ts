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
/** Forms are found by their first characters: by as many of these as they have, so that a text is looked through once for all of them. */
const KEY_CHARS = [16, 8, MIN_CHARS] as const;
/** Fewer bytes have nothing of base64 that would be theirs alone. */
const MIN_BASE64_BYTES = 6;

interface Form {
  text: string;
  label: string;
  isWord: boolean;
}

/**
 * Takes secrets out of texts, in whatever form they stand there: as they are, with capitals and small letters changed, and as JSON, URLs,
 * HTML and base64 write them. Values of fewer than 4 characters are left; those of fewer than 8 are taken out where they are words of their
 * own.
 */
export class Redactor {
  readonly #forms = new Map<string, Form[]>();
  readonly #known = new Set<string>();

  constructor(secrets: Iterable<Secret> = []) {
    for (const secret of secrets) this.add(secret);
  }

  add({ value, label }: Secret): void {
    if (value.length < MIN_CHARS || this.#known.has(value)) return;
    this.#known.add(value);
    const isWord = value.length < MIN_PART_CHARS;
    for (const text of plainForms(value)) this.#addForm({ text, label, isWord });
    for (const text of base64Forms(value)) this.#addForm({ text, label, isWord: false });
  }

  /** Whether any of them is in a text. */
  finds(text: string): boolean {
    return this.#find(fold(text)).next().done !== true;
  }

  /** A value with all of them taken out of its texts, keys included. What is no plain data, such as bytes, stays as it is. */
  redact<T>(value: T): T {
    return this.#redact(value) as T;
  }

  #redact(value: unknown): unknown {
    if (typeof value === 'string') return this.#redactText(value);
    if (typeof value === 'number') {
      const text = String(value);
      return this.finds(text) ? this.#redactText(text) : value;
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#redact(item));
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [this.#redactText(name), this.#redact(inner)]));
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
  *#find(text: string): Generator<{ start: number; end: number; label: string }> {
    let found: { start: number; end: number; label: string; longest: number } | undefined;
    for (let at = 0; at + MIN_CHARS <= text.length; at++) {
      if (found !== undefined && at >= found.end) {
        yield found;
        found = undefined;
      }
      const form = this.#at(text, at);
      if (form === undefined) continue;
      const end = at + form.text.length;
      if (found === undefined) found = { start: at, end, label: form.label, longest: form.text.length };
      else {
        if (form.text.length > found.longest) Object.assign(found, { label: form.label, longest: form.text.length });
        found.end = Math.max(found.end, end);
      }
    }
    if (found !== undefined) yield found;
  }

  /** The longest that begins there: those found by more characters are longer. */
  #at(text: string, at: number): Form | undefined {
    for (const chars of KEY_CHARS) {
      const candidates = this.#forms.get(text.slice(at, at + chars));
      const fits = (form: Form) => text.startsWith(form.text, at) && (!form.isWord || isWordAt(text, at, at + form.text.length));
      const found = candidates?.find(fits);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #addForm(given: Form): void {
    const form = { ...given, text: fold(given.text) };
    const chars = KEY_CHARS.find((count) => form.text.length >= count) ?? MIN_CHARS;
    const key = form.text.slice(0, chars);
    const others = this.#forms.get(key) ?? [];
    this.#forms.set(key, others);
    // The longest first. Forms that are the same stay: one of them may have to be a word, the other not.
    const place = others.findIndex(({ text }) => text.length < form.text.length);
    others.splice(place === -1 ? others.length : place, 0, form);
  }
}

/** Capitals of ASCII as small letters: every character stays where it is, as it does not in the lower case of all of Unicode. */
const fold = (text: string) => text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());

const isWordAt = (text: string, start: number, end: number) => isEdge(text, start - 1, start) && isEdge(text, end - 1, end);
const isEdge = (text: string, left: number, right: number) => !isWordCharacter(text[left]) || !isWordCharacter(text[right]);
const isWordCharacter = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}_]/u.test(char);

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
