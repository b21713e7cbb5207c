import { createContext } from 'react';
import type { JsonSchema } from './json-schema.js';

/** The schemas that references of the contract lead to. */
export const SchemasContext = createContext<Readonly<Record<string, JsonSchema>>>({});
