import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button, type ButtonLook } from './button.js';
import { Dialog, DialogActions } from './dialog.js';
import { ErrorNote } from './states.js';

interface ConfirmButtonProps {
  label: string;
  title: string;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  confirm: string;
  look?: ButtonLook;
  disabled?: boolean;
  onConfirm: () => Promise<unknown>;
}

/** A button that asks before it does what cannot be undone, and says what went wrong. */
export function ConfirmButton({ label, title, children, confirm, look = 'danger', disabled, onConfirm }: ConfirmButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const action = useMutation({ mutationFn: onConfirm, onSuccess: () => setOpen(false) });
  return (
    <>
      <Button look={look} disabled={disabled} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {isOpen && (
        <Dialog title={title} onClose={() => setOpen(false)}>
          <div className="pb-4 text-base">{children}</div>
          {action.error && <ErrorNote error={action.error} />}
          <DialogActions>
            <Button onClick={() => setOpen(false)}>Keep it</Button>
            <Button look="danger" isBusy={action.isPending} onClick={() => action.mutate()}>
              {confirm}
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </>
  );
}
