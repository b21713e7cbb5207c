import type { PageElement } from '@carrel/protocol';
import type { Page } from 'playwright-core';
import type { CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import { type Box, type FieldFacts, type Survey, surveyFrame, surveyPage, UNKNOWN } from './field-survey.js';
import type { SeenElement, TabState } from './tab.js';

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
  box?: Box;
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
/** A page that goes on all the time is shown all the same, without what its fields hold. */
const MAX_ATTEMPTS = 3;

export interface Sight {
  session: CdpSession;
  tab: TabState;
  page: Page;
  deadline: Deadline;
  signal: AbortSignal;
}

/** Sees the page: its accessibility tree, frames and open shadow roots included, and everything that can be acted on. */
export async function takeSnapshot(sight: Sight): Promise<Snapshot> {
  const { page, signal } = sight;
  const { nodes, ofPage } = await readTogether(sight);
  const frameRefs = nodesOf(nodes).flatMap(({ role, ref }) => (role === 'iframe' && ref !== undefined ? [ref] : []));
  const ofFrames = await Promise.all(frameRefs.map((ref) => surveyFrame(page, ref, signal)));
  const surveys = new Map<string | undefined, Survey>([[undefined, ofPage]]);
  for (const [index, survey] of ofFrames.entries()) surveys.set(frameRefs[index], survey);
  const snapshot: Snapshot = { nodes, elements: [], seen: new Map() };
  collect(snapshot, nodes, { surveys, frameRef: undefined, origin: { x: 0, y: 0 } });
  return snapshot;
}

/**
 * The tree and the fields of one document: asked for at the same time, so that the page answers one right after the other. Of a page that goes
 * on to another one meanwhile, fields of the one would be taken for those of the other, and passwords shown.
 */
async function readTogether({ session, tab, page, deadline, signal }: Sight): Promise<Pick<Snapshot, 'nodes'> & { ofPage: Survey }> {
  for (let attempt = 1; ; attempt++) {
    const { commits } = tab;
    const surveying = surveyPage(session, tab, deadline).then(
      (ofPage) => ({ ofPage }),
      (error: unknown) => ({ error }),
    );
    const json = await page.ariaSnapshotJSON({ mode: 'ai', boxes: true, timeout: deadline.remainingOrOneMs, signal });
    const nodes = json as unknown as Snapshot['nodes'];
    const survey = await surveying;
    // Of both: the fields may have been read a moment later, when the next page was there.
    if (tab.commits === commits) {
      if ('error' in survey) throw survey.error;
      return { nodes, ...survey };
    }
    if (attempt === MAX_ATTEMPTS) return { nodes, ofPage: UNKNOWN };
  }
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

interface Frame {
  surveys: ReadonlyMap<string | undefined, Survey>;
  /** The frame that the nodes are in; undefined: the page itself. */
  frameRef: string | undefined;
  /** Where its viewport begins in the page's. */
  origin: { x: number; y: number };
}

/** Lists what can be acted on, and hides passwords in the tree itself. */
function collect(snapshot: Snapshot, nodes: readonly (SnapshotNode | string)[], frame: Frame): void {
  const survey = frame.surveys.get(frame.frameRef);
  for (const node of nodes) {
    if (typeof node === 'string') continue;
    const facts = survey?.at(node.box);
    if (TYPED_INTO.has(node.role)) hidePasswords(node, survey, facts);
    // Of editable text with the role of a field, the tree does not have the text.
    if (facts?.isEditable === true && node.role === 'textbox' && !node.text && !node.children?.length && facts.text !== '')
      node.text = facts.text;
    if (node.box !== undefined) node.box = { ...node.box, x: node.box.x + frame.origin.x, y: node.box.y + frame.origin.y };
    if (node.ref !== undefined) {
      snapshot.seen.set(node.ref, { role: node.role, name: node.name ?? '' });
      if (isInteractive(node, facts)) snapshot.elements.push(toElement(node, node.ref, facts));
    }
    if (node.children !== undefined) collect(snapshot, node.children, within(node, facts, frame));
  }
}

/** What holds for the children of a node: inside of a frame, positions begin at the corner of its content. */
function within({ role, ref, box }: SnapshotNode, facts: FieldFacts | undefined, frame: Frame): Frame {
  if (role !== 'iframe' || box === undefined) return frame;
  return { ...frame, frameRef: ref, origin: { x: box.x + (facts?.inset.x ?? 0), y: box.y + (facts?.inset.y ?? 0) } };
}

/** Its text is its value, and not its name. */
const isValued = ({ role }: SnapshotNode) => TYPED_INTO.has(role) || role === 'listbox';

/** By where the field is, and by its value: either may have changed since the fields were read. */
function hidePasswords(node: SnapshotNode, survey: Survey | undefined, facts: FieldFacts | undefined): void {
  const isSecret = (text: string) => facts?.isPassword === true || survey?.mayBePassword(text) !== false;
  const hidden = (text: string) => (text !== '' && isSecret(text) ? HIDDEN_VALUE : text);
  if (node.text !== undefined) node.text = hidden(node.text);
  if (node.children !== undefined) node.children = node.children.map((child) => (typeof child === 'string' ? hidden(child) : child));
}

function isInteractive(node: SnapshotNode, facts: FieldFacts | undefined): boolean {
  if (facts?.isEditable === true || node.cursor === 'pointer') return true;
  return INTERACTIVE_ROLES.has(node.role) && !MAYBE_INTERACTIVE_ROLES.has(node.role);
}

function toElement(node: SnapshotNode, ref: string, facts: FieldFacts | undefined): PageElement {
  const states = statesOf(node, facts);
  const value = valueIn(node, facts);
  return {
    ref,
    role: node.role === 'generic' && facts?.isEditable === true ? 'textbox' : node.role,
    name: clip(node.name || (isValued(node) || facts?.isEditable === true ? '' : textOf(node))),
    ...(value === undefined ? {} : { value: clip(value) }),
    ...(states.length === 0 ? {} : { states }),
    ...(node.url === undefined ? {} : { url: node.url }),
    ...(node.box === undefined ? {} : { box: node.box }),
  };
}

type State = NonNullable<PageElement['states']>[number];

function statesOf(node: SnapshotNode, facts: FieldFacts | undefined): State[] {
  const states: [State, boolean | undefined][] = [
    ['checked', node.checked === true],
    ['mixed', node.checked === 'mixed' || node.pressed === 'mixed'],
    ['disabled', node.disabled],
    ['expanded', node.expanded === true],
    ['collapsed', node.expanded === false],
    ['pressed', node.pressed === true],
    ['selected', node.selected],
    ['active', node.active],
    ['readonly', facts?.isReadonly],
    ['required', facts?.isRequired],
    ['invalid', node.invalid !== undefined && node.invalid !== false],
  ];
  return states.filter(([, holds]) => holds === true).map(([state]) => state);
}

function valueIn(node: SnapshotNode, facts: FieldFacts | undefined): string | undefined {
  if (node.role === 'combobox' || node.role === 'listbox')
    return selectedOption(node) ?? (TYPED_INTO.has(node.role) ? node.text : undefined);
  if (facts?.isEditable === true) return facts.text;
  return TYPED_INTO.has(node.role) ? textOf(node) : undefined;
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
