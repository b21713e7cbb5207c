/// <reference lib="dom" />
// What runs in a JavaScript world of our own in pages: each function is sent as text, and can use nothing from outside of itself.
import type { LivePicker } from '@carrel/protocol';

/** What is at a point of a frame. */
export interface At {
  /** The CSS property, without URLs. */
  cursor: string;
  /** Where the contents of the frame that is there begin, in this one; it is at `carrelAt`. */
  frame: { x: number; y: number } | null;
  /** Something that Chromium would open a window of its own for; it is at `carrelPickers`, under its id. */
  picker: LivePicker | null;
}

/** Our world's globals. */
interface World {
  carrelAt?: Element | undefined;
  carrelPickers?: Map<string, Element>;
}

/** @param place a point, or the element that has the focus */
export function describeAt(place: 'point' | 'focus', x: number, y: number, mayPick: boolean): At {
  const PICKED = ['date', 'time', 'datetime-local', 'month', 'week', 'color'] as const;
  const MAX_OPTIONS = 5_000;
  const MAX_LABEL_CHARS = 200;
  const world = globalThis as World;
  const deepest = (): Element | null => {
    let element = document.elementFromPoint(x, y);
    for (let root = element?.shadowRoot; root; root = element?.shadowRoot) {
      const inner = root.elementFromPoint(x, y);
      if (inner === null || inner === element) break;
      element = inner;
    }
    return element;
  };
  const optionsOf = (select: HTMLSelectElement) =>
    [...select.options].slice(0, MAX_OPTIONS).map((option, index) => {
      const group = option.parentElement instanceof HTMLOptGroupElement ? option.parentElement : null;
      return {
        value: String(index),
        label: option.label.slice(0, MAX_LABEL_CHARS),
        group: group?.label.slice(0, MAX_LABEL_CHARS) ?? null,
        disabled: option.disabled || group?.disabled === true,
        selected: option.selected,
      };
    });
  const pickerOf = (element: Element): LivePicker | null => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const id = crypto.randomUUID();
    const rect = { x: left, y: top, width, height };
    const none = { multiple: false, options: [], value: '', min: '', max: '', step: '' };
    if (element instanceof HTMLSelectElement) {
      // One that shows several of its options, or is styled by the page altogether, opens no window.
      const isOpen = element.multiple || element.size > 1 || getComputedStyle(element).getPropertyValue('appearance') === 'base-select';
      return element.disabled || isOpen ? null : { id, kind: 'select', rect, ...none, options: optionsOf(element) };
    }
    if (!(element instanceof HTMLInputElement) || element.disabled || element.readOnly) return null;
    const kind = PICKED.find((type) => type === element.type);
    const { value, min, max, step } = element;
    return kind === undefined ? null : { id, kind, rect, ...none, value, min, max, step };
  };
  const focused = (): Element | null => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  };
  const element = place === 'point' ? deepest() : focused();
  world.carrelAt = undefined;
  if (element === null) return { cursor: 'default', frame: null, picker: null };
  const cursor = getComputedStyle(element).cursor.split(',').at(-1)?.trim() ?? 'default';
  if (element instanceof HTMLIFrameElement || element instanceof HTMLFrameElement) {
    world.carrelAt = element;
    const { left, top } = element.getBoundingClientRect();
    const { paddingLeft, paddingTop } = getComputedStyle(element);
    const frame = {
      x: left + element.clientLeft + Number.parseFloat(paddingLeft),
      y: top + element.clientTop + Number.parseFloat(paddingTop),
    };
    return { cursor, frame, picker: null };
  }
  const picker = mayPick ? pickerOf(element) : null;
  // The last one only: nobody can answer an older one.
  if (picker !== null) world.carrelPickers = new Map([[picker.id, element]]);
  return { cursor, frame: null, picker };
}

/** The frame that `describeAt` found last. */
export function frameAt(): Element | undefined {
  return (globalThis as World).carrelAt;
}

/** Has the element of a picker take what was chosen, as if a person had done it. @returns whether it did */
export function pick(id: string, values: readonly string[], value: string): boolean {
  const element = (globalThis as World).carrelPickers?.get(id);
  if (element?.isConnected !== true) return false;
  if (element instanceof HTMLSelectElement) {
    element.focus();
    const index = Number(values[0] ?? -1);
    if (element.options[index] === undefined || element.selectedIndex === index) return element.selectedIndex === index;
    element.selectedIndex = index;
  } else if (element instanceof HTMLInputElement) {
    element.focus();
    element.value = value;
  }
  element.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
  element.dispatchEvent(new Event('change', { bubbles: true }));
  return true;
}

/** What is selected where the focus is: `frame` when that is in the frame at `carrelAt`. Nothing of a password is told. */
export function selection(): { text: string; frame: boolean } {
  const MAX_CHARS = 100_000;
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  if (element instanceof HTMLIFrameElement || element instanceof HTMLFrameElement) {
    (globalThis as World).carrelAt = element;
    return { text: '', frame: true };
  }
  const isField = (one: Element | null): one is HTMLTextAreaElement | HTMLInputElement =>
    one instanceof HTMLTextAreaElement || (one instanceof HTMLInputElement && one.selectionStart !== null);
  if (!isField(element)) return { text: String(getSelection()).slice(0, MAX_CHARS), frame: false };
  const { type, value, selectionStart, selectionEnd } = element;
  // As one for passwords does, or one that shows dots for another reason.
  const isSecret = type === 'password' || getComputedStyle(element).getPropertyValue('-webkit-text-security') !== 'none';
  const text = isSecret ? '' : value.slice(selectionStart ?? 0, selectionEnd ?? 0).slice(0, MAX_CHARS);
  return { text, frame: false };
}

/** Puts text into the clipboard of the browser. Needs a user gesture. @returns whether it did */
export function copy(text: string): boolean {
  const onCopy = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener('copy', onCopy, { capture: true, once: true });
  const isDone = document.execCommand('copy');
  removeEventListener('copy', onCopy, { capture: true });
  return isDone;
}
