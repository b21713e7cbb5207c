import type { Observation, PageElement } from '@carrel/protocol';
import { linesOf } from './snapshot-lines.js';

/** What can be chosen in a list. */
export interface OfferedOption {
  readonly name: string;
  /** Of one that can be clicked; those of a closed `<select>` cannot. */
  readonly ref: string | undefined;
}

/** An element of an observation, by the id that Notte's clients know it by. */
export interface SeenElement {
  /** A letter for its kind and a number: `L1`, `B2`, `I1`. */
  readonly id: string;
  readonly element: PageElement;
  /** What can be done with it by itself; null: nothing, as with an option of a select that is chosen through it. */
  readonly action: 'click' | 'fill' | 'check' | 'select_dropdown_option' | null;
  /** Of a list, what it offers. */
  readonly options: readonly OfferedOption[];
}

const LETTERS: Readonly<Record<string, string>> = {
  link: 'L',
  button: 'B',
  tab: 'B',
  menuitem: 'B',
  radio: 'B',
  checkbox: 'B',
  menuitemcheckbox: 'B',
  menuitemradio: 'B',
  switch: 'B',
  combobox: 'I',
  textbox: 'I',
  searchbox: 'I',
  listbox: 'I',
  slider: 'I',
  spinbutton: 'I',
  image: 'F',
  img: 'F',
  figure: 'F',
  option: 'O',
};
const OTHERS = 'M';
const FILLED = new Set(['textbox', 'searchbox', 'spinbutton', 'slider', 'combobox']);
const CHECKED = new Set(['checkbox', 'switch', 'menuitemcheckbox']);

/** The elements of the last observation of a session, with their ids: those hold until the next one. */
export class SeenElements {
  readonly all: readonly SeenElement[];
  readonly #byId: ReadonlyMap<string, SeenElement>;
  readonly #byRef: ReadonlyMap<string, SeenElement>;

  constructor({ elements, snapshot }: Pick<Observation, 'elements' | 'snapshot'>) {
    this.all = numbered(elements, closedLists(snapshot));
    this.#byId = new Map(this.all.map((seen) => [seen.id, seen]));
    this.#byRef = new Map(this.all.map((seen) => [seen.element.ref, seen]));
  }

  byId(id: string): SeenElement | undefined {
    return this.#byId.get(id);
  }

  byRef(ref: string): SeenElement | undefined {
    return this.#byRef.get(ref);
  }
}

/** What each `<select>` that is closed offers, by its ref: its options are elements that cannot be acted on, and stand in the snapshot only. */
function closedLists(snapshot: string): Map<string, OfferedOption[]> {
  const lists = new Map<string, OfferedOption[]>();
  let depth = 0;
  let options: OfferedOption[] = [];
  for (const line of linesOf(snapshot)) {
    if (line.depth <= depth) options = [];
    if (line.role === 'combobox' && line.ref !== undefined) {
      depth = line.depth;
      options = [];
      lists.set(line.ref, options);
    } else if (line.role === 'option' && line.ref === undefined && line.depth > depth && !line.isDisabled && line.name !== '') {
      options.push({ name: line.name, ref: undefined });
    }
  }
  return lists;
}

/** What an open list offers: in document order, its options come right behind it. */
function optionsBehind(elements: readonly PageElement[], index: number): OfferedOption[] {
  const end = elements.findIndex(({ role }, at) => at > index && role !== 'option');
  const options = elements.slice(index + 1, end === -1 ? undefined : end);
  return options.filter(({ name, states }) => name !== '' && !states?.includes('disabled')).map(({ name, ref }) => ({ name, ref }));
}

function numbered(elements: readonly PageElement[], closed: ReadonlyMap<string, OfferedOption[]>): SeenElement[] {
  const counts = new Map<string, number>();
  let isInList = false;
  return elements.map((element, index) => {
    const { role, ref } = element;
    const letter = LETTERS[role] ?? OTHERS;
    const n = (counts.get(letter) ?? 0) + 1;
    counts.set(letter, n);
    const options = role === 'listbox' ? optionsBehind(elements, index) : (closed.get(ref) ?? []);
    const isOffered = isInList && role === 'option';
    isInList = isOffered || (role === 'listbox' && options.length > 0);
    const action = isOffered ? null : options.length > 0 ? 'select_dropdown_option' : actionOn(role);
    return { id: `${letter}${n}`, element, action, options };
  });
}

function actionOn(role: string): 'click' | 'fill' | 'check' {
  if (FILLED.has(role)) return 'fill';
  return CHECKED.has(role) ? 'check' : 'click';
}
