import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Dialog } from '../ui/dialog.js';
import { ALL_PLACES } from './navigation.js';

const SECOND_KEY_MS = 1_500;

/** Whether keys go into a text, or to the browser that is being watched. */
const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest('input, textarea, select, dialog, [data-takes-keys]') !== null);

/** `g` and a letter go to a place; `?` says which. */
export function Shortcuts() {
  const navigate = useNavigate();
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    let isGoing = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const place = isGoing ? ALL_PLACES.find(({ key }) => key === event.key) : undefined;
      isGoing = event.key === 'g';
      clearTimeout(timer);
      timer = setTimeout(() => {
        isGoing = false;
      }, SECOND_KEY_MS);
      if (event.key === '?') setShown(true);
      if (place) void navigate({ to: place.to });
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
      clearTimeout(timer);
    };
  }, [navigate]);
  if (!isShown) return null;
  return (
    <Dialog title="Keyboard" onClose={() => setShown(false)}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {ALL_PLACES.map(({ to, title, key }) => (
          <div key={to} className="contents">
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>{title}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
