import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from 'react';

const BOX =
  'w-full rounded-md border border-edge bg-panel px-2.5 text-base text-ink disabled:bg-raised disabled:text-soft aria-invalid:border-alert';

interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  problem?: string | undefined;
  /** The label is read out, but not shown. */
  isLabelHidden?: boolean;
}

interface FieldFrameProps extends FieldProps {
  children: (ids: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean }) => ReactNode;
}

/** Label, control, what to know of it, and what is wrong with it. */
function FieldFrame({ label, hint, problem, isLabelHidden = false, children }: FieldFrameProps) {
  const id = useId();
  const describedBy = [hint !== undefined && `${id}-hint`, problem !== undefined && `${id}-problem`].filter(Boolean).join(' ');
  return (
    <div className="grid min-w-0 gap-1">
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'text-sm font-medium'}>
        {label}
      </label>
      {children({ id, 'aria-describedby': describedBy || undefined, 'aria-invalid': problem !== undefined })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-xs text-soft">
          {hint}
        </p>
      )}
      {problem !== undefined && (
        <p id={`${id}-problem`} role="alert" className="text-xs text-alert">
          {problem}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  problem,
  isLabelHidden,
  className = '',
  ...rest
}: FieldProps & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <FieldFrame {...{ label, hint, problem, isLabelHidden }}>
      {(ids) => <input type="text" spellCheck={false} autoComplete="off" {...rest} {...ids} className={`${BOX} h-8 ${className}`} />}
    </FieldFrame>
  );
}

export function TextArea({
  label,
  hint,
  problem,
  isLabelHidden,
  className = '',
  ...rest
}: FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <FieldFrame {...{ label, hint, problem, isLabelHidden }}>
      {(ids) => <textarea rows={3} {...rest} {...ids} className={`${BOX} resize-y py-1.5 ${className}`} />}
    </FieldFrame>
  );
}

export function SelectField({
  label,
  hint,
  problem,
  isLabelHidden,
  className = '',
  ...rest
}: FieldProps & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <FieldFrame {...{ label, hint, problem, isLabelHidden }}>
      {(ids) => <select {...rest} {...ids} className={`${BOX} h-8 ${className}`} />}
    </FieldFrame>
  );
}

export function CheckField({ label, hint, ...rest }: { label: ReactNode; hint?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className="grid grid-cols-[auto_1fr] items-start gap-x-2">
      <input {...rest} id={id} type="checkbox" className="mt-0.5 size-4 accent-accent" />
      <label htmlFor={id} className="text-sm">
        {label}
      </label>
      {hint !== undefined && <p className="col-start-2 text-xs text-soft">{hint}</p>}
    </div>
  );
}
