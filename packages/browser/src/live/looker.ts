import { CarrelError } from '@carrel/protocol';
import type { CdpSession } from '../cdp/index.js';
import { type At, describeAt, frameAt, pick } from './in-page.js';
import { type FrameRef, Worlds } from './worlds.js';

export type { At } from './in-page.js';

/** A page that hangs is not asked what is where: a press then goes to it without. */
const LOOK_MS = 300;
const SILENT_MS = 2_000;
const PICK_MS = 5_000;
/** Frames in frames. */
const MAX_DEPTH = 10;

interface Point {
  x: number;
  y: number;
}

/** Looks what is where in a tab, in frames of other sites too, and keeps the elements that a choice is to be made for. */
export class Looker {
  readonly worlds: Worlds;
  readonly #onCursor: (cursor: string) => void;
  #picker: { id: string; frame: FrameRef } | undefined;
  #cursor = '';
  /** A page that has not answered is not asked again before then, of `performance.now()`. */
  #silentUntil = 0;
  /** Where to look next; one look is under way while this is set or `#isLooking`. */
  #next: { frame: FrameRef; point: Point } | undefined;
  #isLooking = false;

  constructor(session: CdpSession, onCursor: (cursor: string) => void) {
    this.worlds = new Worlds(session);
    this.#onCursor = onCursor;
  }

  clear(): void {
    this.worlds.clear();
    this.#picker = undefined;
    this.#silentUntil = 0;
  }

  /** Finds out what the pointer looks like there, when there is time for it. */
  hover(frame: FrameRef, point: Point): void {
    this.#next = { frame, point };
    if (!this.#isLooking) void this.#hoverAll();
  }

  /** What is at a point of a tab, or has the focus there; undefined when the page does not say so at once. */
  async lookAt(main: FrameRef, place: Point | 'focus', mayPick: boolean): Promise<At | undefined> {
    const { x, y } = place === 'focus' ? { x: 0, y: 0 } : place;
    if (performance.now() < this.#silentUntil) return undefined;
    const kind = place === 'focus' ? place : 'point';
    try {
      let frame = main;
      let offset = { x: 0, y: 0 };
      for (let depth = 0; depth < MAX_DEPTH; depth++) {
        const at: At = await this.worlds.run(frame, describeAt, [kind, x - offset.x, y - offset.y, mayPick], LOOK_MS);
        if (at.picker !== null) {
          this.#picker = { id: at.picker.id, frame };
          const { rect } = at.picker;
          return { ...at, picker: { ...at.picker, rect: { ...rect, x: rect.x + offset.x, y: rect.y + offset.y } } };
        }
        if (at.frame === null) return at;
        offset = { x: offset.x + at.frame.x, y: offset.y + at.frame.y };
        const inner = await this.frameIn(frame, LOOK_MS);
        if (inner === undefined) return at;
        frame = inner;
      }
    } catch (error) {
      // The page hangs or goes elsewhere, and what is pressed there is for it to say.
      if (error instanceof CarrelError) this.#silentUntil = performance.now() + SILENT_MS;
    }
    return undefined;
  }

  /** The frame that was found last in another one. */
  frameIn(frame: FrameRef, timeoutMs: number): Promise<FrameRef | undefined> {
    return this.worlds.frameOf(frame, frameAt, timeoutMs);
  }

  /** Has the element of a picker take what was chosen. @throws {CarrelError} `conflict` when it is not there any more */
  async pick(id: string, values: readonly string[], value: string): Promise<void> {
    const picker = this.#picker;
    this.#picker = undefined;
    const isPicked = picker?.id === id && (await this.worlds.run(picker.frame, pick, [id, values, value], PICK_MS).catch(() => false));
    if (!isPicked) throw new CarrelError('conflict', 'What this was to be chosen for is not there any more.');
  }

  async #hoverAll(): Promise<void> {
    this.#isLooking = true;
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined;
      const { cursor } = (await this.lookAt(next.frame, next.point, false)) ?? {};
      if (cursor === undefined || cursor === this.#cursor) continue;
      this.#cursor = cursor;
      this.#onCursor(cursor);
    }
    this.#isLooking = false;
  }
}
