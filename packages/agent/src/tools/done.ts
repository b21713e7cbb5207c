import type { Json } from '@carrel/protocol';
import type { Brief, ToolDefinition } from '../model.js';

/** The tool that ends a turn. */
export const DONE = 'done';

/** Keywords that every provider takes in the schema of a tool. */
const PLAIN_KEYWORDS = new Set(['type', 'properties', 'required', 'items', 'enum', 'description', 'title', 'additionalProperties']);

/**
 * `done`, whose `result` has the form that the caller wants, where all providers understand its schema; else it is JSON as text.
 */
export function doneTool({ schema }: Brief): ToolDefinition {
  const result: Json =
    schema === null
      ? { type: 'string', description: 'The answer, complete: nothing else of the turn is kept.' }
      : isPlain(schema)
        ? schema
        : { type: 'string', description: 'The answer as JSON text, valid against the JSON Schema of the task.' };
  return {
    name: DONE,
    description: 'Ends the task with its answer.',
    input: { type: 'object', properties: { result }, required: ['result'], additionalProperties: false },
  };
}

function isPlain(schema: Json): boolean {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return false;
  const { type, properties = {}, items, additionalProperties = false } = schema;
  if (typeof type !== 'string' || typeof additionalProperties !== 'boolean') return false;
  if (!Object.keys(schema).every((keyword) => PLAIN_KEYWORDS.has(keyword))) return false;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return false;
  const children = [...Object.values(properties), ...(items === undefined ? [] : [items])];
  // Some providers refuse objects without properties and arrays without items.
  if ((type === 'object' && Object.keys(properties).length === 0) || (type === 'array' && items === undefined)) return false;
  return children.every(isPlain);
}
