import { type ReactNode, useEffect, useRef } from 'react';
import { captureInput } from './input.js';
import type { LiveSession, LiveView } from './live-session.js';
import type { LivePicker } from './messages.js';

interface ScreenProps {
  session: LiveSession;
  view: LiveView;
  /** What lies over the picture; it is given how to find where in the box of the picture something of the viewport is. */
  children: (place: (rect: Rect) => Rect) => ReactNode;
}

/** In CSS pixels. */
export type Rect = LivePicker['rect'];

/** Where the picture is in its box: as large as fits, in the middle. */
function fit(box: DOMRect, size: { width: number; height: number }) {
  const scale = Math.min(box.width / size.width, box.height / size.height);
  return { scale, left: (box.width - size.width * scale) / 2, top: (box.height - size.height * scale) / 2 };
}

/** The pointer of whoever drives the browser, where it is not the person who looks. */
function usePointer(session: LiveSession, sizeOf: () => { width: number; height: number }) {
  const pointer = useRef<HTMLDivElement>(null);
  const readSize = useRef(sizeOf);
  readSize.current = sizeOf;
  useEffect(() => {
    session.onPointer = ({ x, y, kind }) => {
      const mark = pointer.current;
      const box = mark?.parentElement?.getBoundingClientRect();
      if (!mark || !box) return;
      const { scale, left, top } = fit(box, readSize.current());
      mark.style.transform = `translate(${left + x * scale}px, ${top + y * scale}px)`;
      mark.hidden = false;
      if (kind === 'click')
        mark.firstElementChild?.animate(
          [
            { opacity: 1, scale: 0.3 },
            { opacity: 0, scale: 2 },
          ],
          { duration: 600 },
        );
    };
    return () => {
      session.onPointer = undefined;
    };
  }, [session]);
  return pointer;
}

/** The picture of the browser, which takes mouse, fingers and keys while the person holds control. */
export function Screen({ session, view, children }: ScreenProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const keys = useRef<HTMLTextAreaElement>(null);
  const size = useRef({ width: 1280, height: 720 });
  const isInControl = useRef(false);
  const isHeld = view.connection === 'open' && view.state?.control.holder === 'you';
  // A page with a dialog stands still: keys are for what is drawn over it.
  isInControl.current = isHeld && view.dialog === null;
  const pointer = usePointer(session, () => size.current);
  useEffect(() => {
    const screen = canvas.current;
    const focus = keys.current;
    if (!screen || !focus) return;
    session.onFrame = ({ width, height }, picture) => {
      size.current = { width, height };
      if (screen.width !== picture.width || screen.height !== picture.height) {
        screen.width = picture.width;
        screen.height = picture.height;
      }
      screen.getContext('2d', { alpha: false })?.drawImage(picture, 0, 0);
      screen.dataset.hasPicture = 'true';
    };
    const observer = new ResizeObserver(() => {
      const { width, height } = screen.getBoundingClientRect();
      if (width < 1 || height < 1) return;
      session.send({ type: 'resize', width: Math.ceil(width * devicePixelRatio), height: Math.ceil(height * devicePixelRatio) });
    });
    observer.observe(screen);
    const release = captureInput({
      screen,
      keys: focus,
      send: (message) => session.send(message),
      isInControl: () => isInControl.current,
      toViewport: (clientX, clientY) => {
        const box = screen.getBoundingClientRect();
        const { scale, left, top } = fit(box, size.current);
        return { x: (clientX - box.left - left) / scale, y: (clientY - box.top - top) / scale };
      },
      onLeave: () => document.querySelector<HTMLElement>('[data-live-control]')?.focus(),
    });
    return () => {
      session.onFrame = undefined;
      observer.disconnect();
      release();
    };
  }, [session]);
  const place = (rect: Rect): Rect => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return rect;
    const { scale, left, top } = fit(box, size.current);
    return { x: left + rect.x * scale, y: top + rect.y * scale, width: rect.width * scale, height: rect.height * scale };
  };
  return (
    <div className="relative size-full min-h-0 overflow-hidden bg-raised" data-takes-keys>
      <textarea
        ref={keys}
        aria-label="Keys go to the browser that is shown. Shift and Escape leaves it."
        tabIndex={isHeld ? 0 : -1}
        autoCapitalize="off"
        autoComplete="off"
        spellCheck={false}
        className="peer pointer-events-none absolute top-1/2 left-1/2 size-px resize-none opacity-0"
      />
      <canvas
        ref={canvas}
        role="img"
        aria-label="What the browser shows"
        className="size-full touch-none object-contain peer-focus:outline-2 peer-focus:-outline-offset-2 peer-focus:outline-accent"
        style={{ cursor: isHeld ? view.cursor : 'default' }}
      />
      <div className="pointer-events-none absolute inset-0" aria-hidden="true">
        <div ref={pointer} hidden className="absolute top-0 left-0 transition-transform duration-150">
          <div className="absolute -top-4 -left-4 size-8 rounded-full border-2 border-alert opacity-0" />
          <div className="absolute -top-1.5 -left-1.5 size-3 rounded-full border-2 border-panel bg-alert" />
        </div>
      </div>
      {children(place)}
    </div>
  );
}
