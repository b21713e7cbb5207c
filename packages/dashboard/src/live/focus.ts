import { type RefObject, useEffect, useLayoutEffect } from 'react';

/**
 * Gives the focus to something over the picture, and back to what takes the keys for the page when that is gone: what is typed next would
 * reach nothing else.
 * @param selector what in it is focused, at first and when that changes; undefined: it takes no focus by itself
 */
export function useFocusOver(card: RefObject<HTMLElement | null>, selector: string | undefined): void {
  useEffect(() => {
    // The picture would be scrolled away for it.
    if (selector !== undefined) card.current?.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  }, [card, selector]);
  useLayoutEffect(() => {
    const own = card.current;
    const keys = own?.closest('[data-takes-keys]')?.querySelector('textarea');
    return () => {
      const { activeElement } = document;
      // Not all browsers give the focus to a button that is pressed.
      if (activeElement === document.body || own?.contains(activeElement)) keys?.focus({ preventScroll: true });
    };
  }, [card]);
}
