import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from './button.js';
import { Dialog, DialogActions } from './dialog.js';
import { ErrorNote } from './states.js';

export interface FormDialogProps {
  title: string;
  /** What the button says that does it, and while it is done. */
  submit: string;
  submitting?: string;
  /** Does it; what it throws is shown. To close the dialog afterwards is its part. */
  onSubmit: () => Promise<unknown>;
  onClose: () => void;
  canSubmit?: boolean;
  isWide?: boolean;
  children: ReactNode;
}

/** A dialog with a form in it. */
export function FormDialog({
  title,
  submit,
  submitting = submit,
  onSubmit,
  onClose,
  canSubmit = true,
  isWide = false,
  children,
}: FormDialogProps) {
  const action = useMutation({ mutationFn: onSubmit });
  return (
    <Dialog title={title} onClose={onClose} isWide={isWide}>
      <form
        className="grid grid-cols-[minmax(0,1fr)] gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          action.mutate();
        }}
      >
        {children}
        {action.error && <ErrorNote error={action.error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!canSubmit} isBusy={action.isPending}>
            {action.isPending ? submitting : submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
