import type { LiveClientMessage } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import { windowsKeyCode } from './key-codes.js';

type Said<T extends LiveClientMessage['type']> = Extract<LiveClientMessage, { type: T }>;

const ALT = 1;
const CONTROL = 2;
const META = 4;
const KEYPAD = 3;
const BUTTON_BITS = { none: 0, left: 1, right: 2, middle: 4, back: 8, forward: 16 } as const;

const MOUSE_TYPES = { move: 'mouseMoved', down: 'mousePressed', up: 'mouseReleased' } as const;
const TOUCH_TYPES = { start: 'touchStart', move: 'touchMove', end: 'touchEnd', cancel: 'touchCancel' } as const;

/** Of a move Chromium drags by `button`, not by `buttons`: what is held, or nothing. */
const heldButton = (buttons: number) =>
  (['left', 'right', 'middle'] as const).find((button) => (buttons & BUTTON_BITS[button]) !== 0) ?? ('none' as const);

export const mouseEvent = ({
  action,
  x,
  y,
  button,
  buttons,
  clickCount,
  modifiers,
}: Said<'mouse'>): Protocol.Input.DispatchMouseEventRequest => ({
  type: MOUSE_TYPES[action],
  x,
  y,
  button: action === 'move' ? heldButton(buttons) : button,
  buttons,
  clickCount,
  modifiers,
  pointerType: 'mouse',
});

export const wheelEvent = ({ x, y, deltaX, deltaY, modifiers }: Said<'wheel'>): Protocol.Input.DispatchMouseEventRequest => ({
  type: 'mouseWheel',
  x,
  y,
  deltaX,
  deltaY,
  modifiers,
  pointerType: 'mouse',
});

export function touchEvent({ action, points, modifiers }: Said<'touch'>): Protocol.Input.DispatchTouchEventRequest {
  // An end is that of all fingers. That one of several has left, Chromium sees by its missing.
  const type = action === 'end' && points.length > 0 ? 'touchMove' : TOUCH_TYPES[action];
  return { type, touchPoints: action === 'cancel' ? [] : points, modifiers };
}

export function keyEvent(said: Said<'key'>): Protocol.Input.DispatchKeyEventRequest {
  const { action, key, code, location, modifiers, repeat } = said;
  const text = action === 'down' ? textOf(said) : undefined;
  return {
    type: action === 'up' ? 'keyUp' : text === undefined ? 'rawKeyDown' : 'keyDown',
    key,
    code,
    location,
    modifiers,
    windowsVirtualKeyCode: windowsKeyCode(said),
    autoRepeat: repeat,
    isKeypad: location === KEYPAD,
    ...(text === undefined ? {} : { text, unmodifiedText: text }),
  };
}

/** What a key types: what is said of it, else what its name is, unless it is held with one that makes a command of it. */
function textOf({ key, text, modifiers }: Said<'key'>): string | undefined {
  if (text !== undefined) return text === '' ? undefined : text;
  if ((modifiers & (ALT | CONTROL | META)) !== 0) return undefined;
  if (key === 'Enter') return '\r';
  return [...key].length === 1 ? key : undefined;
}

/** Whether a key opens the window of the element that has the focus, if that has one. */
export const opensPicker = ({ action, key, modifiers }: Said<'key'>): boolean =>
  action === 'down' && (key === ' ' || key === 'F4' || (/^Arrow(Up|Down)$/.test(key) && modifiers === ALT));

/** Keys and buttons that are down, so that none stays so when whoever pressed it has left. */
export class Pressed {
  readonly #keys = new Map<string, Protocol.Input.DispatchKeyEventRequest>();
  #mouse: Protocol.Input.DispatchMouseEventRequest | undefined;

  key(event: Protocol.Input.DispatchKeyEventRequest): void {
    const name = `${event.code} ${event.location}`;
    if (event.type === 'keyUp') this.#keys.delete(name);
    else this.#keys.set(name, event);
  }

  mouse(event: Protocol.Input.DispatchMouseEventRequest): void {
    const bit = BUTTON_BITS[event.button ?? 'none'];
    if (event.type === 'mousePressed') this.#mouse = event;
    else if (event.type === 'mouseReleased' || (bit === 0 && event.buttons === 0)) this.#mouse = undefined;
    else if (this.#mouse !== undefined) this.#mouse = { ...this.#mouse, x: event.x, y: event.y };
  }

  /** The events that let all of them go. */
  release(): { mouse: Protocol.Input.DispatchMouseEventRequest[]; keys: Protocol.Input.DispatchKeyEventRequest[] } {
    const mouse = this.#mouse === undefined ? [] : [{ ...this.#mouse, type: 'mouseReleased' as const, buttons: 0 }];
    const keys = [...this.#keys.values()].map(({ key = '', code = '', location = 0, windowsVirtualKeyCode = 0 }) => ({
      type: 'keyUp' as const,
      key,
      code,
      location,
      windowsVirtualKeyCode,
    }));
    this.#keys.clear();
    this.#mouse = undefined;
    return { mouse, keys };
  }
}
