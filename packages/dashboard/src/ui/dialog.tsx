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
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={`max-h-[min(90dvh,56rem)] w-[calc(100vw-1.5rem)] overflow-auto rounded-lg border border-line bg-panel p-0 shadow-xl ${isWide ? 'max-w-3xl' : 'max-w-lg'}`}
    >
      <header className="sticky top-0 z-10 flex items-center justify-between gap-4 border-b border-line bg-panel px-4 py-2.5">
        <h2 id={titleId} className="text-lg font-semibold">
          {title}
        </h2>
        <Button look="quiet" onClick={onClose} aria-label="Close" className="-mr-2">
          <span aria-hidden="true">✕</span>
        </Button>
      </header>
      <div className="p-4">{children}</div>
    </dialog>
  );
}

/** The row of buttons at the end of a dialog. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>;
}
