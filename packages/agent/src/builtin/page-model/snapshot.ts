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

/** Deeper ones become children of the last: a page must not choose how deep our recursion goes. */
const MAX_DEPTH = 300;
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
    level: Number.isInteger(level) ? level : null,
    flags: new Set(flags.keys()),
    parent,
  });
}

/** The node and all below it, in document order. */
export function* nodesIn(node: PageNode): Generator<PageNode> {
  yield node;
  for (const child of node.children) yield* nodesIn(child);
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

/** What a reader reads in it; nothing of what is typed into fields. */
export function textOf(node: PageNode): string {
  if (node.role === 'text') return node.text;
  if (VALUED.has(node.role)) return '';
  if (NAMED.has(node.role) && node.name !== '') return node.name;
  const inner = collapsed(node.children.map(textOf).join(' '));
  return inner || node.text || node.name;
}
