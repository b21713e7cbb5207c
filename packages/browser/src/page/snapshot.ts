import type { PageElement } from '@carrel/protocol';
import type { Page } from 'playwright-core';
import { type ElementFacts, readElementFacts } from './element-facts.js';
import type { SeenElement } from './tab.js';

/** A node of Playwright's accessibility snapshot (the form is documented at `locator.ariaSnapshotJSON`). */
export interface SnapshotNode {
  role: string;
  name?: string;
  text?: string;
  children?: (SnapshotNode | string)[];
  ref?: string;
  cursor?: string;
  checked?: boolean | 'mixed';
  disabled?: boolean;
  expanded?: boolean;
  active?: boolean;
  invalid?: boolean | string;
  level?: number;
  pressed?: boolean | 'mixed';
  selected?: boolean;
  url?: string;
  placeholder?: string;
  box?: { x: number; y: number; width: number; height: number };
}

export interface Snapshot {
  nodes: (SnapshotNode | string)[];
  /** The interactive elements, in document order. */
  elements: PageElement[];
  /** Every element that has a ref, interactive or not. */
  seen: Map<string, SeenElement>;
}

const INTERACTIVE_ROLES = new Set(
  (
    'button checkbox combobox gridcell link listbox menuitem menuitemcheckbox menuitemradio option radio scrollbar searchbox slider ' +
    'spinbutton switch tab textbox treeitem'
  ).split(' '),
);
/** Roles that are worth acting on only where the page shows so. */
const MAYBE_INTERACTIVE_ROLES = new Set(['gridcell', 'treeitem']);
const TYPED_INTO = new Set(['textbox', 'searchbox', 'combobox', 'spinbutton', 'slider']);
const HIDDEN_VALUE = '••••••••';

/** Sees the page: its accessibility tree, frames and open shadow roots included, and everything that can be acted on, in one pass. */
export async function takeSnapshot(page: Page, timeoutMs: number, signal: AbortSignal): Promise<Snapshot> {
  const nodes = (await page.ariaSnapshotJSON({ mode: 'ai', boxes: true, timeout: timeoutMs, signal })) as unknown as (
    | SnapshotNode
    | string
  )[];
  const refs = nodesOf(nodes).flatMap((node) => (node.ref === undefined ? [] : [node.ref]));
  const facts = await readElementFacts(page, refs, signal);
  const snapshot: Snapshot = { nodes, elements: [], seen: new Map() };
  collect(snapshot, nodes, facts, { x: 0, y: 0 });
  return snapshot;
}

/** All nodes in document order. */
function nodesOf(roots: readonly (SnapshotNode | string)[]): SnapshotNode[] {
  const found: SnapshotNode[] = [];
  const stack = roots.toReversed();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (typeof node === 'string') continue;
    found.push(node);
    for (const child of (node.children ?? []).toReversed()) stack.push(child);
  }
  return found;
}

type Point = { x: number; y: number };

/** Lists what can be acted on, and hides passwords in the tree itself. `origin`: where the frame's viewport begins in the page's. */
function collect(snapshot: Snapshot, nodes: readonly (SnapshotNode | string)[], facts: Map<string, ElementFacts>, origin: Point): void {
  for (const node of nodes) {
    if (typeof node === 'string') continue;
    const fact = node.ref === undefined ? undefined : facts.get(node.ref);
    if (TYPED_INTO.has(node.role) && fact?.isPassword !== false) hideValue(node);
    if (node.box !== undefined) node.box = { ...node.box, x: node.box.x + origin.x, y: node.box.y + origin.y };
    if (node.ref !== undefined) {
      snapshot.seen.set(node.ref, { role: node.role, name: node.name ?? '' });
      if (isInteractive(node, fact)) snapshot.elements.push(toElement(node, node.ref, fact));
    }
    if (node.children !== undefined) collect(snapshot, node.children, facts, originIn(node, fact, origin));
  }
}

/** Where the viewport that a node's children are measured in begins: for a frame, at the corner of its content. */
function originIn({ role, box }: SnapshotNode, fact: ElementFacts | undefined, origin: Point): Point {
  if (role !== 'iframe' || box === undefined) return origin;
  return { x: box.x + (fact?.inset.x ?? 0), y: box.y + (fact?.inset.y ?? 0) };
}

/** Its text is its value, and not its name. */
const isValued = ({ role }: SnapshotNode) => TYPED_INTO.has(role) || role === 'listbox';

function hideValue(node: SnapshotNode): void {
  if (node.text) node.text = HIDDEN_VALUE;
  node.children = node.children?.map((child) => (typeof child === 'string' && child !== '' ? HIDDEN_VALUE : child));
}

function isInteractive(node: SnapshotNode, fact: ElementFacts | undefined): boolean {
  if (fact?.isEditable === true || node.cursor === 'pointer') return true;
  return INTERACTIVE_ROLES.has(node.role) && !MAYBE_INTERACTIVE_ROLES.has(node.role);
}

function toElement(node: SnapshotNode, ref: string, fact: ElementFacts | undefined): PageElement {
  const states = statesOf(node, fact);
  const value = valueIn(node, fact);
  return {
    ref,
    role: node.role === 'generic' && fact?.isEditable === true ? 'textbox' : node.role,
    name: clip(node.name || (isValued(node) ? '' : textOf(node))),
    ...(value === undefined ? {} : { value: clip(value) }),
    ...(states.length === 0 ? {} : { states }),
    ...(node.url === undefined ? {} : { url: node.url }),
    ...(node.box === undefined ? {} : { box: node.box }),
  };
}

type State = NonNullable<PageElement['states']>[number];

function statesOf(node: SnapshotNode, fact: ElementFacts | undefined): State[] {
  const states: [State, boolean | undefined][] = [
    ['checked', node.checked === true],
    ['mixed', node.checked === 'mixed' || node.pressed === 'mixed'],
    ['disabled', node.disabled],
    ['expanded', node.expanded === true],
    ['collapsed', node.expanded === false],
    ['pressed', node.pressed === true],
    ['selected', node.selected],
    ['active', node.active],
    ['readonly', fact?.isReadonly],
    ['required', fact?.isRequired],
    ['invalid', node.invalid !== undefined && node.invalid !== false],
  ];
  return states.filter(([, holds]) => holds === true).map(([state]) => state);
}

function valueIn(node: SnapshotNode, fact: ElementFacts | undefined): string | undefined {
  if (node.role === 'combobox' || node.role === 'listbox')
    return selectedOption(node) ?? (TYPED_INTO.has(node.role) ? node.text : undefined);
  return TYPED_INTO.has(node.role) || fact?.isEditable === true ? textOf(node) : undefined;
}

function selectedOption(node: SnapshotNode): string | undefined {
  const chosen = nodesOf(node.children ?? []).filter((child) => child.role === 'option' && child.selected === true);
  return chosen.length === 0 ? undefined : chosen.map((option) => option.name ?? '').join(', ');
}

const MAX_TEXT_CHARS = 200;
/** Longer names and values are cut; the snapshot has them whole. */
const MAX_FIELD_CHARS = 1_000;

const clip = (text: string) => (text.length <= MAX_FIELD_CHARS ? text : `${text.slice(0, MAX_FIELD_CHARS)}…`);

/** The text in a node, for elements that have no accessible name. */
function textOf(node: SnapshotNode): string {
  if (node.text !== undefined) return node.text;
  let text = '';
  for (const child of node.children ?? []) {
    if (text.length >= MAX_TEXT_CHARS) break;
    text += ` ${typeof child === 'string' ? child : child.name || textOf(child)}`;
  }
  return text.trim().slice(0, MAX_TEXT_CHARS);
}
