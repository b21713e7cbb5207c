import type { PageElement } from '@carrel/protocol';

/** An element of an observation, by the id that Notte's clients know it by. */
export interface SeenElement {
  /** A letter for its kind and a number: `L1`, `B2`, `I1`. */
  readonly id: string;
  readonly element: PageElement;
  /** What can be done with it by itself; null: nothing, as with an option of a select that is chosen through it. */
  readonly action: 'click' | 'fill' | 'check' | 'select_dropdown_option' | null;
  /** Of a select, what it offers. */
  readonly options: readonly string[];
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
const OFFERING = new Set(['combobox', 'listbox']);

/** The elements of the last observation of a session, with their ids: those hold until the next one. */
export class SeenElements {
  readonly all: readonly SeenElement[];
  readonly tabId: string;
  readonly #byId: ReadonlyMap<string, SeenElement>;
  readonly #byRef: ReadonlyMap<string, SeenElement>;

  constructor(elements: readonly PageElement[], tabId: string) {
    this.tabId = tabId;
    this.all = numbered(elements);
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

function numbered(elements: readonly PageElement[]): SeenElement[] {
  const counts = new Map<string, number>();
  let offering: string[] | undefined;
  return elements.map((element, index) => {
    const { role } = element;
    const letter = LETTERS[role] ?? OTHERS;
    const n = (counts.get(letter) ?? 0) + 1;
    counts.set(letter, n);
    // In document order, the options of a select come right behind it.
    const isOffering = OFFERING.has(role) && elements[index + 1]?.role === 'option';
    const isOffered = role === 'option' && offering !== undefined;
    if (isOffering) offering = [];
    else if (!isOffered) offering = undefined;
    if (isOffered) offering?.push(element.name);
    return {
      id: `${letter}${n}`,
      element,
      action: isOffered ? null : isOffering ? 'select_dropdown_option' : actionOn(role),
      options: isOffering ? (offering ?? []) : [],
    };
  });
}

function actionOn(role: string): 'click' | 'fill' | 'check' {
  if (FILLED.has(role)) return 'fill';
  return CHECKED.has(role) ? 'check' : 'click';
}
