import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.js';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** For forms with much in them. */
  isWide?: boolean;
}

/** A modal dialog: the platform's own, which holds the focus, closes with Escape and gives the focus back. Shown while it is mounted. */
export function Dialog({ title, onClose, children, isWide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // The platform would give it to the button that closes.
    dialog?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      tabIndex={-1}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={`max-h-[min(90dvh,56rem)] w-[calc(100vw-1.5rem)] overflow-auto rounded-xl border border-line bg-panel p-0 shadow-xl outline-none ${isWide ? 'max-w-3xl' : 'max-w-lg'}`}
    >
      <header className="sticky top-0 z-10 flex items-center justify-between gap-4 border-b border-line bg-panel px-5 py-3">
        <h2 id={titleId} className="text-lg font-semibold">
          {title}
        </h2>
        <Button look="quiet" onClick={onClose} aria-label="Close" className="-mr-2">
          <span aria-hidden="true">✕</span>
        </Button>
      </header>
      <div className="p-5">{children}</div>
    </dialog>
  );
}

/** The row of buttons at the end of a dialog. */
export function DialogActions({ children }: { children: ReactNode }) {
  return (
    <div className="sticky bottom-0 -mx-5 mt-1 -mb-5 flex flex-wrap justify-end gap-2 border-t border-line bg-panel px-5 py-3">
      {children}
    </div>
  );
}
