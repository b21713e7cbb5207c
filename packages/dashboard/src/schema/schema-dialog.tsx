import { type ReactNode, useState } from 'react';
import { FormDialog, type FormDialogProps } from '../ui/form-dialog.js';
import { withoutEmpty } from './json-schema.js';
import { ObjectFields } from './schema-field.js';
import { schemaNamed, WithContract } from './schema-form.js';

interface SchemaDialogProps<Request> extends Omit<FormDialogProps, 'onSubmit' | 'children'> {
  /** The name of the request's schema in the contract: the form has every option that the server has. */
  schema: string;
  /** Fields of it that are not asked for. */
  without?: readonly string[];
  /** What the form begins with. */
  initial?: Partial<Request>;
  /** Told what was entered, without what was left empty. */
  onSubmit: (request: Request) => Promise<unknown>;
  children?: ReactNode;
}

/** A dialog that asks for what a request of the contract holds. */
export function SchemaDialog<Request extends object>({
  schema,
  without,
  initial = {},
  onSubmit,
  children,
  ...dialog
}: SchemaDialogProps<Request>) {
  const [value, setValue] = useState<Record<string, unknown>>(() => ({ ...initial }));
  return (
    // The server says what of it is wrong.
    <FormDialog {...dialog} onSubmit={() => onSubmit(withoutEmpty(value) as Request)}>
      {children}
      <WithContract>
        {(contract) => <ObjectFields schema={schemaNamed(contract, schema)} value={value} onChange={setValue} without={without ?? []} />}
      </WithContract>
    </FormDialog>
  );
}
