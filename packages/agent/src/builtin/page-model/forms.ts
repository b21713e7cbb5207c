import { nodesIn, type PageNode, textOf, within } from './snapshot.js';

/** Something to fill in, choose from or tick. */
export interface Field {
  readonly ref: string;
  readonly kind: 'text' | 'choice' | 'radio' | 'checkbox';
  /** What it is called: its name, else its placeholder, else the text beside it. */
  readonly label: string;
  /** The group that it is in: the legend of a set of radio buttons. */
  readonly group: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly isChecked: boolean;
  readonly node: PageNode;
}

/** Something to press. */
export interface Control {
  readonly ref: string;
  readonly role: string;
  readonly name: string;
  readonly url: string | null;
  readonly isDisabled: boolean;
  readonly node: PageNode;
}

const KINDS: Record<string, Field['kind']> = {
  textbox: 'text',
  searchbox: 'text',
  spinbutton: 'text',
  slider: 'text',
  combobox: 'text',
  listbox: 'choice',
  radio: 'radio',
  checkbox: 'checkbox',
  switch: 'checkbox',
};
const CONTROLS = new Set([
  'link',
  'button',
  'tab',
  'menuitem',
  'menuitemradio',
  'menuitemcheckbox',
  'option',
  'treeitem',
  'radio',
  'checkbox',
  'switch',
]);
const GROUPS = new Set(['radiogroup', 'group']);
const FORMS = new Set(['form', 'search', 'dialog']);

const optionsOf = (node: PageNode) => [...nodesIn(node)].filter(({ role }) => role === 'option');

function toField(node: PageNode): Field | null {
  const options = optionsOf(node).map(textOf);
  const kind = node.role === 'combobox' && options.length > 0 ? 'choice' : KINDS[node.role];
  if (kind === undefined || node.ref === null || node.flags.has('disabled')) return null;
  const chosen = optionsOf(node)
    .filter(({ flags }) => flags.has('selected'))
    .map(textOf);
  return {
    ref: node.ref,
    kind,
    label: node.name || node.placeholder || labelBeside(node),
    group: groupOf(node),
    value: kind === 'choice' ? chosen.join(', ') : node.text || textIn(node),
    options,
    isChecked: node.flags.has('checked'),
    node,
  };
}

const textIn = (node: PageNode) =>
  node.children
    .filter(({ role }) => role === 'text')
    .map(({ text }) => text)
    .join(' ');

const groupOf = (node: PageNode) => within(node, GROUPS)?.name ?? '';

/** The text before a field that has no label of its own. */
function labelBeside(node: PageNode): string {
  const siblings = node.parent?.children ?? [];
  const before = siblings[siblings.indexOf(node) - 1];
  return before === undefined || KINDS[before.role] !== undefined ? '' : textOf(before).replace(/[:*]\s*$/, '');
}

const MAX_FIELDS = 2_000;

export const fieldsIn = (root: PageNode): Field[] =>
  [...nodesIn(root)]
    .filter(({ role }) => KINDS[role] !== undefined)
    .slice(0, MAX_FIELDS)
    .flatMap((node) => toField(node) ?? []);

export const controlsIn = (root: PageNode): Control[] =>
  [...nodesIn(root)].flatMap((node) => {
    const isPressed = CONTROLS.has(node.role) || node.flags.has('cursor');
    if (!isPressed || node.ref === null) return [];
    const name = node.name || textOf(node);
    return name === '' ? [] : [{ ref: node.ref, role: node.role, name, url: node.url, isDisabled: node.flags.has('disabled'), node }];
  });

const SEARCH = /\b(search|find|look ?up|query|keywords?)\b/i;

/** Where one types what one looks for. */
export function searchBoxIn(fields: readonly Field[]): Field | undefined {
  const texts = fields.filter(({ kind }) => kind === 'text');
  return (
    texts.find(({ node }) => node.role === 'searchbox' || within(node, new Set(['search'])) !== undefined) ??
    texts.find(({ label, node }) => SEARCH.test(`${label} ${node.placeholder}`))
  );
}

const SUBMIT =
  /\b(submit|send|save|continue|next|confirm|book|order|apply|search|find|go|show|register|subscribe|place|update|ok|sign ?in|log ?in)\b/i;

/** The button that sends what a field is in: of the nearest box that has one. */
export function submitFor(node: PageNode, controls: readonly Control[]): Control | undefined {
  const buttons = new Map(controls.filter(({ role, isDisabled }) => role === 'button' && !isDisabled).map((one) => [one.node, one]));
  for (let box = node.parent; box !== null; box = box.parent) {
    const inside = [...nodesIn(box)].flatMap((inner) => buttons.get(inner) ?? []);
    const found = inside.find(({ name }) => SUBMIT.test(name)) ?? inside.at(-1);
    if (found !== undefined) return found;
    if (FORMS.has(box.role)) return undefined;
  }
  return undefined;
}

export interface LoginForm {
  readonly username: Field | undefined;
  readonly password: Field | undefined;
  readonly code: Field | undefined;
  readonly submit: Control | undefined;
}

const PASSWORD = /pass ?(word|phrase|code)|^pin$/i;
const USERNAME = /e-?mail|user ?(name|id)?|login|account|member|phone/i;
const CODE = /one[- ]time|verification|authenticat|2fa|totp|security code|^code\b|\bcode$/i;
const REPEATED = /repeat|confirm|again|new/i;

/** Where one signs in; undefined: not on this page. Forms that ask for a password twice make an account. */
export function loginFormIn(fields: readonly Field[], controls: readonly Control[]): LoginForm | undefined {
  const texts = fields.filter(({ kind }) => kind === 'text');
  const password = texts.find(({ label }) => PASSWORD.test(label) && !CODE.test(label));
  const code = texts.find(({ label }) => CODE.test(label) && !/post|zip|promo|voucher|coupon|discount/i.test(label));
  const isSignUp =
    texts.filter(({ label }) => PASSWORD.test(label)).length > 1 || texts.some(({ label }) => REPEATED.test(label) && PASSWORD.test(label));
  const anchor = password ?? code;
  if (isSignUp) return undefined;
  if (anchor === undefined) return usernameFirst(texts, controls);
  const before = texts.slice(0, texts.indexOf(anchor)).reverse();
  const username = before.find(({ label }) => USERNAME.test(label));
  return { username, password, code, submit: submitFor(anchor.node, controls) };
}

/** Sites that ask for the name on one page and the password on the next. */
function usernameFirst(texts: readonly Field[], controls: readonly Control[]): LoginForm | undefined {
  for (const username of texts.filter(({ label }) => USERNAME.test(label))) {
    const submit = submitFor(username.node, controls);
    if (submit !== undefined && /sign ?in|log ?in|continue|next/i.test(submit.name)) {
      return { username, password: undefined, code: undefined, submit };
    }
  }
  return undefined;
}
