import type { ConsoleMessage } from '@carrel/browser';
import type { RecordingLine } from '@carrel/protocol';
import type { Redact } from '../browsers/request-lines.js';

const WINDOW_MS = 1_000;
/** Of one window; what comes after is counted. */
const MAX_LINES = 20;
const MAX_TEXT_CHARS = 2_000;
const MAX_URL_CHARS = 500;
/** So much is looked through for secrets: what is cut off behind is shown to nobody. */
const MAX_READ_CHARS = 10_000;

interface ConsoleLinesOptions {
  readonly redact: Redact;
  readonly note: (type: string, data: RecordingLine['data']) => void;
}

/** Lines of a timeline of what pages write to their console, which is hostile, of any length and as often as they like. */
export class ConsoleLines implements Disposable {
  readonly #options: ConsoleLinesOptions;
  #count = 0;
  #windowEnd: NodeJS.Timeout | undefined;

  constructor(options: ConsoleLinesOptions) {
    this.#options = options;
  }

  add({ tabId, level, source, text, url, line }: ConsoleMessage): void {
    this.#windowEnd ??= setTimeout(() => this.#flush(), WINDOW_MS);
    this.#count += 1;
    if (this.#count > MAX_LINES) return;
    const shown = { text: this.#short(text, MAX_TEXT_CHARS), url: url === null ? null : this.#short(url, MAX_URL_CHARS) };
    this.#options.note('console.message', { tabId, level, source, ...shown, line });
  }

  /** Tells that nothing more is heard of a page: it writes too much. */
  mute(tabId: string): void {
    this.#options.note('console.muted', { tabId });
  }

  /** Tells how many were left out. */
  [Symbol.dispose](): void {
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#windowEnd);
    this.#windowEnd = undefined;
    if (this.#count > MAX_LINES) this.#options.note('console.dropped', { count: this.#count - MAX_LINES });
    this.#count = 0;
  }

  #short(text: string, maxChars: number): string {
    return cut(this.#options.redact(cut(text, MAX_READ_CHARS)), maxChars);
  }
}

const cut = (text: string, maxChars: number) => (text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`);
