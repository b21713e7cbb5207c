import type { SnapshotNode } from './snapshot.js';

export interface SnapshotText {
  text: string;
  /** Characters of the whole, when `text` is only its beginning; else 0. */
  wholeChars: number;
}

const MAX_NAME_CHARS = 900;

/**
 * Writes a snapshot as text in the form that Playwright uses (and models know), cut at a line end near `maxChars`. The rest is counted
 * but not kept.
 */
export function renderSnapshot(nodes: readonly (SnapshotNode | string)[], maxChars: number): SnapshotText {
  const writer = new BoundedLines(maxChars);
  for (const node of nodes) writeNode(writer, node, 0);
  return writer.finish();
}

/** Lines up to a budget of characters. */
class BoundedLines {
  readonly #lines: string[] = [];
  readonly #maxChars: number;
  #keptChars = 0;
  #wholeChars = 0;
  #isFull = false;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  add(depth: number, text: string): void {
    const line = `${'  '.repeat(depth)}- ${text}`;
    this.#wholeChars += line.length + 1;
    // Once a line did not fit, none does: what is kept is a beginning, without holes.
    if (this.#isFull || this.#keptChars + line.length + 1 > this.#maxChars) {
      this.#isFull = true;
      return;
    }
    this.#keptChars += line.length + 1;
    this.#lines.push(line);
  }

  finish(): SnapshotText {
    return { text: this.#lines.join('\n'), wholeChars: this.#isFull ? this.#wholeChars - 1 : 0 };
  }
}

function writeNode(writer: BoundedLines, node: SnapshotNode | string, depth: number): void {
  if (typeof node === 'string' || node.role === 'text') {
    writer.add(depth, `text: ${scalar(typeof node === 'string' ? node : (node.text ?? ''))}`);
    return;
  }
  const properties = (['url', 'placeholder'] as const).filter((key) => node[key] !== undefined);
  const children = node.children ?? [];
  const hasBlock = properties.length > 0 || children.length > 0;
  const inline = node.text !== undefined && !hasBlock ? `: ${scalar(node.text)}` : hasBlock ? ':' : '';
  writer.add(depth, key(node) + inline);
  for (const name of properties) writer.add(depth + 1, `/${name}: ${scalar(node[name] ?? '')}`);
  if (hasBlock && node.text !== undefined) writer.add(depth + 1, `text: ${scalar(node.text)}`);
  for (const child of children) writeNode(writer, child, depth + 1);
}

function key(node: SnapshotNode): string {
  const flags = [
    node.checked === true && 'checked',
    node.checked === 'mixed' && 'checked=mixed',
    node.disabled && 'disabled',
    node.expanded === true && 'expanded',
    node.active && 'active',
    node.invalid !== undefined && node.invalid !== false && 'invalid',
    node.level !== undefined && `level=${node.level}`,
    node.pressed === true && 'pressed',
    node.pressed === 'mixed' && 'pressed=mixed',
    node.selected && 'selected',
    node.ref !== undefined && `ref=${node.ref}`,
    node.ref !== undefined && node.cursor === 'pointer' && 'cursor=pointer',
  ].filter((flag) => typeof flag === 'string');
  const name = node.name ? ` ${JSON.stringify(clip(node.name))}` : '';
  return node.role + name + flags.map((flag) => ` [${flag}]`).join('');
}

/** With a sign that there was more. */
const clip = (name: string) => (name.length <= MAX_NAME_CHARS ? name : `${name.slice(0, MAX_NAME_CHARS)}…`);

/** As YAML writes it: plain where that reads back the same, quoted where it would not, and always on one line. */
function scalar(text: string): string {
  const isPlain =
    /^[\p{L}\p{N}(][^\n\r\p{Cc}"#:{}[\]`]*$/u.test(text) && !/\s$/.test(text) && !/^(y|n|yes|no|true|false|on|off|null)$/i.test(text);
  return isPlain && Number.isNaN(Number(text)) ? text : JSON.stringify(text);
}
