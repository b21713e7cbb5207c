import type { JsonSchema } from './json-schema.js';

/** What a field of a form is given. */
export interface SchemaFieldProps {
  schema: JsonSchema;
  name: string;
  value: unknown;
  onChange: (value: unknown) => void;
  isRequired?: boolean;
  /** It is in a part that may be left out: what is missing in it, the server says. */
  isNested?: boolean;
}
