/** A node of the accessibility tree, as the text of a snapshot tells it. */
export interface PageNode {
  readonly role: string;
  readonly name: string;
  /** What it says itself; for fields, their value. */
  text: string;
  readonly ref: string | null;
  readonly level: number | null;
  /** `checked`, `disabled`, `selected`, `expanded` and so on. */
  readonly flags: ReadonlySet<string>;
  url: string | null;
  placeholder: string;
  readonly parent: PageNode | null;
  readonly children: PageNode[];
}

/** A page must not choose how long it is read: deeper ones become children of the last, further ones are left out. */
const MAX_DEPTH = 100;
const MAX_NODES = 5_000;
const MAX_TEXT_CHARS = 5_000;
const MAX_LEVEL = 6;
const LINE = /^( *)- (.*)$/;
const QUOTED = /^"(?:[^"\\]|\\.)*"/;

const newNode = (role: string, given: Partial<PageNode>): PageNode => ({
  role,
  name: '',
  text: '',
  ref: null,
  level: null,
  flags: new Set(),
  url: null,
  placeholder: '',
  parent: null,
  children: [],
  ...given,
});

function scalar(text: string): string {
  if (!text.startsWith('"')) return text.trim();
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text; // not what a snapshot writes; then it is taken as it is
  }
}

const collapsed = (text: string) => text.replace(/\s+/g, ' ').trim();

/**
 * Reads the text of a snapshot (YAML-like, in the form that Playwright uses) into a tree. Lines that are not of this form are left out:
 * whatever the text is, there is a tree.
 */
export function parseSnapshot(snapshot: string): PageNode {
  const root = newNode('document', {});
  const path: PageNode[] = [root];
  let count = 0;
  for (const line of snapshot.split('\n')) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, indent = '', entry = ''] = match;
    path.length = Math.min(path.length, Math.floor(indent.length / 2) + 1, MAX_DEPTH);
    const parent = path.at(-1) ?? root;
    const child = readEntry(entry, parent);
    if (child === null) continue;
    parent.children.push(child);
    path.push(child);
    if (++count >= MAX_NODES) break;
  }
  return root;
}

/** A child, or null: a property of the parent. */
function readEntry(entry: string, parent: PageNode): PageNode | null {
  const property = /^\/(url|placeholder): (.*)$/.exec(entry);
  if (property !== null) {
    const [, name, value = ''] = property;
    if (name === 'url') parent.url = scalar(value);
    else parent.placeholder = collapsed(scalar(value));
    return null;
  }
  const role = /^[a-z]+/i.exec(entry)?.[0];
  if (role === undefined) return null;
  let rest = entry.slice(role.length);
  if (role === 'text') return newNode('text', { text: collapsed(scalar(rest.replace(/^:\s*/, ''))), parent });
  rest = rest.trimStart();
  const quoted = QUOTED.exec(rest)?.[0] ?? '';
  rest = rest.slice(quoted.length);
  const flags = new Map<string, string>();
  for (let flag = /^ ?\[([^\]=]*)(?:=([^\]]*))?\]/.exec(rest); flag !== null; flag = /^ ?\[([^\]=]*)(?:=([^\]]*))?\]/.exec(rest)) {
    flags.set(flag[1] ?? '', flag[2] ?? '');
    rest = rest.slice(flag[0].length);
  }
  const level = Number(flags.get('level'));
  return newNode(role, {
    name: collapsed(scalar(quoted)),
    text: rest.startsWith(': ') ? collapsed(scalar(rest.slice(2))) : '',
    ref: flags.get('ref') ?? null,
    level: Number.isInteger(level) ? Math.min(Math.max(level, 1), MAX_LEVEL) : null,
    flags: new Set(flags.keys()),
    parent,
  });
}

/** The node and all below it, in document order. */
export function* nodesIn(node: PageNode): Generator<PageNode> {
  const stack = [node];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    for (let index = next.children.length - 1; index >= 0; index--) stack.push(next.children[index] as PageNode);
  }
}

export function ancestors(node: PageNode): PageNode[] {
  const found: PageNode[] = [];
  for (let one = node.parent; one !== null; one = one.parent) found.push(one);
  return found;
}

/** The nearest node around this one that has one of these roles. */
export const within = (node: PageNode, roles: ReadonlySet<string>): PageNode | undefined =>
  ancestors(node).find(({ role }) => roles.has(role));

const VALUED = new Set(['textbox', 'searchbox', 'combobox', 'spinbutton', 'slider', 'listbox']);
const NAMED = new Set(['link', 'button', 'heading', 'img', 'columnheader', 'tab', 'menuitem']);

const texts = new WeakMap<PageNode, string>();

/** What a reader reads in it; nothing of what is typed into fields. */
export function textOf(node: PageNode): string {
  const known = texts.get(node);
  if (known !== undefined) return known;
  const text = read(node).slice(0, MAX_TEXT_CHARS);
  texts.set(node, text);
  return text;
}

function read(node: PageNode): string {
  if (node.role === 'text') return node.text;
  if (VALUED.has(node.role)) return '';
  if (NAMED.has(node.role) && node.name !== '') return node.name;
  let inner = '';
  for (const child of node.children) {
    if (inner.length > MAX_TEXT_CHARS) break;
    inner += ` ${textOf(child)}`;
  }
  inner = collapsed(inner);
  return inner || node.text || node.name;
}
