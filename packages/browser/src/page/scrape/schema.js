import { CarrelError } from '@carrel/protocol';
const MAX_DEPTH = 32;
const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const needsModel = (path, why) => new CarrelError('needs_model', `\`${path}\` ${why}: without a model, every value of the schema must say where it is on the page by \`selector\` (CSS).`, {
    details: { path },
});
function textProperty(schema, name, path) {
    const value = schema[name];
    if (value === undefined || (typeof value === 'string' && value !== ''))
        return value;
    throw new CarrelError('invalid_request', `\`${path}.${name}\` must be text.`, { details: { path } });
}
/** The type, leaving `null` out of `["string", "null"]`. */
function typeOf(schema, path) {
    const { type } = schema;
    const types = (Array.isArray(type) ? type : [type]).filter((name) => name !== 'null');
    const [only] = types;
    if (types.length === 1 && typeof only === 'string')
        return only;
    if (type === undefined && isRecord(schema.properties))
        return 'object';
    if (type === undefined && isRecord(schema.items))
        return 'array';
    if (type === undefined && schema.selector !== undefined)
        return 'string';
    throw needsModel(path, 'has no single type');
}
/**
 * Makes of a JSON Schema a plan of where each value is.
 * @throws {CarrelError} `needs_model` when the schema asks for something that has no selector
 */
export function planOf(schema, path = '$', isItem = false, depth = 0) {
    if (!isRecord(schema))
        throw new CarrelError('invalid_request', `\`${path}\` must be a JSON Schema object.`, { details: { path } });
    if (depth > MAX_DEPTH)
        throw new CarrelError('invalid_request', `The schema is more than ${MAX_DEPTH} levels deep.`, { details: { path } });
    const selector = textProperty(schema, 'selector', path);
    const type = typeOf(schema, path);
    if (type === 'object')
        return recordPlan(schema, selector, path, depth);
    if (type === 'array')
        return listPlan(schema, selector, path, depth);
    if (!['string', 'number', 'integer', 'boolean'].includes(type))
        throw needsModel(path, `is of the type ${type}`);
    if (selector === undefined && !isItem)
        throw needsModel(path, 'has no `selector`');
    const attribute = textProperty(schema, 'attribute', path);
    return {
        kind: type === 'boolean' ? 'presence' : 'text',
        ...(selector === undefined ? {} : { selector }),
        ...(attribute === undefined ? {} : { attribute }),
    };
}
function recordPlan(schema, selector, path, depth) {
    const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
    if (properties.length === 0)
        throw needsModel(path, 'is an object without `properties`');
    const fields = properties.map(([name, inner]) => [name, planOf(inner, `${path}.${name}`, false, depth + 1)]);
    return { kind: 'record', ...(selector === undefined ? {} : { selector }), fields };
}
function listPlan(schema, selector, path, depth) {
    if (selector === undefined)
        throw needsModel(path, 'is an array without `selector`');
    const attribute = textProperty(schema, 'attribute', path);
    const items = isRecord(schema.items) ? schema.items : { type: 'string' };
    const item = attribute === undefined ? items : { attribute, ...items };
    return { kind: 'list', selector, item: planOf(item, `${path}[]`, true, depth + 1) };
}
/** Gives what was found the types that the schema asks for. A text that is not such a value becomes null. */
export function toTyped(found, schema) {
    if (!isRecord(schema) || found === null || typeof found === 'boolean')
        return typeof found === 'object' ? null : found;
    if (Array.isArray(found))
        return found.map((item) => toTyped(item, isRecord(schema.items) ? schema.items : { type: 'string' }));
    if (typeof found === 'object') {
        const properties = isRecord(schema.properties) ? schema.properties : {};
        return Object.fromEntries(found.entries.map(([name, value]) => [name, toTyped(value, Object.hasOwn(properties, name) ? properties[name] : undefined)]));
    }
    const type = typeOf(schema, '$');
    if (type === 'string')
        return found;
    const number = parseNumber(found);
    return number === null || (type === 'integer' && !Number.isInteger(number)) ? null : number;
}
/**
 * The first number in a text, whichever sign separates the decimals: `€ 1.234,50` and `$1,234.50` are both 1234.5. One comma before
 * exactly three digits separates thousands, one dot decimals.
 */
export function parseNumber(text) {
    const match = /-?\d[\d.,']*/.exec(text
        .replaceAll(/[\u00a0\u2009\u202f]/g, "'")
        .normalize('NFKC')
        .replaceAll('−', '-'));
    if (match === null)
        return null;
    const digits = match[0].replaceAll("'", '').replace(/[.,]+$/, '');
    const lastDot = digits.lastIndexOf('.');
    const lastComma = digits.lastIndexOf(',');
    if (lastDot === -1 && lastComma === -1)
        return Number(digits);
    const decimal = lastDot > lastComma ? '.' : ',';
    const isAlone = lastDot === -1 || lastComma === -1;
    const parts = digits.split(decimal);
    const isThousands = isAlone && (parts.length > 2 || (decimal === ',' && parts.at(-1)?.length === 3));
    const plain = isThousands ? digits.replaceAll(/[.,]/g, '') : `${parts.slice(0, -1).join('').replaceAll(/[.,]/g, '')}.${parts.at(-1)}`;
    const number = Number(plain);
    return Number.isFinite(number) ? number : null;
}
//# sourceMappingURL=schema.js.map