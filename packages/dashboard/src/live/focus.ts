import { type RefObject, useEffect, useLayoutEffect } from 'react';

/**
 * Gives the focus to something over the picture, and back to what takes the keys for the page when that is gone: what is typed next would
 * reach nothing else.
 * @param selector what in it is focused, at first and when that changes; undefined: it takes no focus by itself
 */
export function useFocusOver(card: RefObject<HTMLElement | null>, selector: string | undefined): void {
  useEffect(() => {
    const own = card.current;
    const first = selector === undefined ? null : own?.querySelector<HTMLElement>(selector);
    if (!own || !first) return;
    // The picture would be scrolled away for it; the card itself may be.
    first.focus({ preventScroll: true });
    const { top, height } = first.getBoundingClientRect();
    const room = own.getBoundingClientRect();
    if (top < room.top || top + height > room.bottom) own.scrollTop += top + height / 2 - (room.top + room.height / 2);
  }, [card, selector]);
  useLayoutEffect(() => {
    const own = card.current;
    const keys = own?.closest('[data-takes-keys]')?.querySelector('textarea');
    return () => {
      const { activeElement } = document;
      // Not all browsers give the focus to a button that is pressed.
      const isFree = activeElement === document.body || own?.contains(activeElement);
      // Of somebody who only watches it takes none.
      if (isFree && keys?.tabIndex === 0) keys.focus({ preventScroll: true });
    };
  }, [card]);
}
