import type { JsonValue } from '../events.js';
import type { Found, Plan } from './page-values.js';
/**
 * Makes of a JSON Schema a plan of where each value is.
 * @throws {CarrelError} `needs_model` when the schema asks for something that has no selector
 */
export declare function planOf(schema: unknown, path?: string, isItem?: boolean, depth?: number): Plan;
/** Gives what was found the types that the schema asks for. A text that is not such a value becomes null. */
export declare function toTyped(found: Found, schema: unknown): JsonValue;
/**
 * The first number in a text, whichever sign separates the decimals: `€ 1.234,50` and `$1,234.50` are both 1234.5. One comma before
 * exactly three digits separates thousands, one dot decimals.
 */
export declare function parseNumber(text: string): number | null;
//# sourceMappingURL=schema.d.ts.map