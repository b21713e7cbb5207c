import type { ClientMessage, MouseButton } from './messages.js';

const BUTTONS: readonly MouseButton[] = ['left', 'middle', 'right', 'back', 'forward'];
/** One notch of a wheel that counts in lines, as Chromium has it. */
const LINE_PX = 40;

export interface InputTarget {
  /** What is pressed. */
  readonly screen: HTMLElement;
  /** What has the focus, for keys, input methods and pasting. */
  readonly keys: HTMLTextAreaElement;
  readonly send: (message: ClientMessage) => void;
  /** Whether input is taken at the moment. */
  readonly isInControl: () => boolean;
  /** Where in the viewport a point of this window is. */
  readonly toViewport: (clientX: number, clientY: number) => { x: number; y: number };
  /** Called when the person leaves by the keyboard. */
  readonly onLeave: () => void;
}

/** Takes what a person does with mouse, fingers and keys to the page that is shown. Returns what ends that. */
export function captureInput(target: InputTarget): () => void {
  const ending = new AbortController();
  captureMouse(target, ending.signal);
  captureTouch(target, ending.signal);
  captureKeys(target, ending.signal);
  return () => ending.abort();
}

type Modified = Pick<MouseEvent | KeyboardEvent | TouchEvent, 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;
/** As CDP counts them. */
const modifiersOf = ({ altKey, ctrlKey, metaKey, shiftKey }: Modified) =>
  Number(altKey) + 2 * Number(ctrlKey) + 4 * Number(metaKey) + 8 * Number(shiftKey);

function captureMouse({ screen, keys, send, isInControl, toViewport }: InputTarget, signal: AbortSignal): void {
  const say = (action: 'move' | 'down' | 'up', event: MouseEvent) =>
    send({
      type: 'mouse',
      action,
      ...toViewport(event.clientX, event.clientY),
      button: action === 'move' ? 'none' : (BUTTONS[event.button] ?? 'none'),
      buttons: event.buttons,
      clickCount: action === 'move' ? 0 : Math.min(event.detail, 3),
      modifiers: modifiersOf(event),
    });
  let latest: MouseEvent | undefined;
  const sayLatest = () => {
    if (latest && !signal.aborted) say('move', latest);
    latest = undefined;
  };
  const press = (action: 'down' | 'up', event: MouseEvent) => {
    // What was moved before comes before: after a release it would go on dragging.
    sayLatest();
    say(action, event);
  };
  screen.addEventListener(
    'mousedown',
    (event) => {
      if (!isInControl()) return;
      event.preventDefault();
      keys.focus({ preventScroll: true });
      press('down', event);
      // Released wherever that is, or the page would go on dragging.
      window.addEventListener('mouseup', (up) => press('up', up), { once: true, signal });
    },
    { signal },
  );
  window.addEventListener(
    'mousemove',
    (event) => {
      const isOver = event.target instanceof Node && screen.contains(event.target);
      if (!isInControl() || (!isOver && event.buttons === 0)) return;
      // One a drawing: more would only be behind.
      if (latest === undefined) requestAnimationFrame(sayLatest);
      latest = event;
    },
    { signal },
  );
  screen.addEventListener('contextmenu', (event) => isInControl() && event.preventDefault(), { signal });
  screen.addEventListener(
    'wheel',
    (event) => {
      if (!isInControl()) return;
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PX;
      const { x, y } = toViewport(event.clientX, event.clientY);
      send({ type: 'wheel', x, y, deltaX: event.deltaX * unit, deltaY: event.deltaY * unit, modifiers: modifiersOf(event) });
    },
    { signal, passive: false },
  );
}

function captureTouch({ screen, keys, send, isInControl, toViewport }: InputTarget, signal: AbortSignal): void {
  const actions = { touchstart: 'start', touchmove: 'move', touchend: 'end', touchcancel: 'cancel' } as const;
  for (const [name, action] of Object.entries(actions) as [keyof typeof actions, (typeof actions)[keyof typeof actions]][]) {
    screen.addEventListener(
      name,
      (event) => {
        if (!isInControl()) return;
        event.preventDefault();
        const points = [...event.touches].map((touch, id) => ({ ...toViewport(touch.clientX, touch.clientY), id }));
        send({ type: 'touch', action, points, modifiers: modifiersOf(event) });
        // Only by a finger that is lifted do telephones show their keyboard.
        if (action === 'end') keys.focus({ preventScroll: true });
      },
      { signal, passive: false },
    );
  }
}

/** What a key types by itself; undefined for those that type nothing. */
const textOf = ({ key, ctrlKey, metaKey }: KeyboardEvent) => {
  if (key === 'Enter') return '\r';
  // AltGr counts as Control and Alt on some systems, and types all the same.
  return [...key].length === 1 && !metaKey && !ctrlKey ? key : undefined;
};
const isAltGr = (event: KeyboardEvent) => event.getModifierState('AltGraph');
const isShortcut = (event: KeyboardEvent, letter: string) =>
  (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === letter;

function captureKeys({ keys, send, isInControl, onLeave }: InputTarget, signal: AbortSignal): void {
  const key = (action: 'down' | 'up', event: KeyboardEvent) => {
    const text = action === 'down' ? (isAltGr(event) ? event.key : textOf(event)) : undefined;
    const modifiers = isAltGr(event) ? 0 : modifiersOf(event);
    const { code, location, repeat } = event;
    send({ type: 'key', action, key: event.key, code, location, modifiers, repeat, ...(text !== undefined && { text }) });
  };
  // Keys of an input method, and of keyboards on glass, come as text below.
  const isOfInputMethod = (event: KeyboardEvent) => event.isComposing || event.key === 'Process' || event.key === 'Unidentified';
  keys.addEventListener(
    'keydown',
    (event) => {
      if (!isInControl() || isOfInputMethod(event) || event.key === 'Dead') return;
      if (event.key === 'Escape' && event.shiftKey) return onLeave();
      if (isShortcut(event, 'v')) return; // The paste that follows says what.
      event.preventDefault();
      key('down', event);
      if (isShortcut(event, 'c') || isShortcut(event, 'x')) send({ type: 'clipboard.read' });
    },
    { signal },
  );
  keys.addEventListener(
    'keyup',
    (event) => {
      if (!isInControl() || isOfInputMethod(event) || event.key === 'Dead' || isShortcut(event, 'v')) return;
      event.preventDefault();
      key('up', event);
    },
    { signal },
  );
  captureTexts(keys, send, isInControl, signal);
}

/** What comes from input methods, keyboards on glass and the clipboard. */
function captureTexts(keys: HTMLTextAreaElement, send: InputTarget['send'], isInControl: () => boolean, signal: AbortSignal): void {
  keys.addEventListener(
    'compositionupdate',
    ({ data }) => isInControl() && send({ type: 'composition', text: data, selectionStart: data.length, selectionEnd: data.length }),
    { signal },
  );
  keys.addEventListener(
    'compositionend',
    ({ data }) => {
      if (isInControl() && data !== '') send({ type: 'text', text: data });
      keys.value = '';
    },
    { signal },
  );
  keys.addEventListener(
    'input',
    (event) => {
      const { isComposing, inputType, data } = event as InputEvent;
      if (isComposing || inputType === 'insertCompositionText') return;
      keys.value = '';
      if (!isInControl()) return;
      if (inputType === 'deleteContentBackward') {
        const press = { type: 'key', key: 'Backspace', code: 'Backspace', location: 0, modifiers: 0, repeat: false } as const;
        send({ ...press, action: 'down' });
        send({ ...press, action: 'up' });
      } else if (data) send({ type: 'text', text: data });
    },
    { signal },
  );
  keys.addEventListener(
    'paste',
    (event) => {
      event.preventDefault();
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (isInControl() && text !== '') send({ type: 'text', text });
    },
    { signal },
  );
}
