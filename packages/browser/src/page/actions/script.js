import { Script } from 'node:vm';
import { CdpError } from '../../cdp/index.js';
import { sessionOf } from '../layout.js';
import { ActionFailed } from './action-context.js';
/** Before the deadline: stopping a script and saying so takes a moment. */
const STOP_MS = 100;
const MAX_ERROR_CHARS = 2_000;
/**
 * Runs a script in the page's own world, as its console would: `await` at the top works, an object or function is taken as a value.
 * A script that never ends is stopped when the time is over.
 */
export const evaluate = async ({ expression, arg }, context) => {
    const { session, tab, deadline } = context;
    const isValue = compiles(`(${expression}\n)`);
    const first = await attempt(context, () => session.send('Runtime.evaluate', {
        expression: isValue ? `(${expression}\n)` : expression,
        replMode: !isValue,
        awaitPromise: true,
        userGesture: true,
        timeout: Math.max(1, deadline.remainingMs - STOP_MS),
    }, sessionOf(tab, deadline)));
    const { objectId } = first;
    if (objectId === undefined)
        return { message: 'Ran the script', value: plainValue(first) };
    const isFunction = first.type === 'function';
    const second = await attempt(context, () => session.send('Runtime.callFunctionOn', {
        objectId,
        functionDeclaration: isFunction ? 'function (arg) { return this(arg); }' : 'function () { return this; }',
        arguments: isFunction ? [{ value: arg }] : [],
        awaitPromise: true,
        returnByValue: true,
        userGesture: true,
    }, sessionOf(tab, deadline)));
    return { message: 'Ran the script', value: plainValue(second) };
};
/** Whether a text is a script as far as grammar goes. Nothing of it is run here. */
function compiles(source) {
    try {
        new Script(source);
        return true;
    }
    catch {
        return false;
    }
}
async function attempt(context, run) {
    const { result, exceptionDetails } = await run().catch((error) => {
        throw error instanceof CdpError ? failed(error, context.deadline) : error;
    });
    if (exceptionDetails === undefined)
        return result;
    const thrown = exceptionDetails.exception === undefined ? exceptionDetails.text : await describe(context, exceptionDetails.exception);
    throw new ActionFailed('script_error', `The script threw: ${thrown.slice(0, MAX_ERROR_CHARS)}`);
}
/** Errors describe themselves; anything else that was thrown is shown as JSON, if it can be. */
async function describe({ session, tab, deadline }, thrown) {
    const { objectId, subtype, description, value } = thrown;
    if (objectId === undefined)
        return description ?? JSON.stringify(value ?? null);
    if (subtype === 'error')
        return description ?? 'an error';
    const declaration = 'function () { return this; }';
    return session
        .send('Runtime.callFunctionOn', { objectId, functionDeclaration: declaration, returnByValue: true }, sessionOf(tab, deadline))
        .then(({ result }) => JSON.stringify(result.value), () => description ?? 'something that cannot be shown');
}
function failed(error, deadline) {
    // A script that V8 stopped for its time answers with an `Internal error`.
    const isStopped = /terminated/.test(error.message) || (/Internal error/.test(error.message) && deadline.remainingMs <= STOP_MS);
    if (isStopped) {
        return new ActionFailed('timeout', `The script did not end within ${deadline.timeoutMs} ms and was stopped.`, error);
    }
    if (/reference chain|by value/.test(error.message)) {
        return new ActionFailed('script_error', 'The result of the script cannot be sent as JSON: return plain data without cycles.', error);
    }
    if (/context|navigated|closed/i.test(error.message)) {
        return new ActionFailed('script_error', 'The page went away before the script ended: its result is lost.', error);
    }
    return new ActionFailed('script_error', `The script could not be run: ${error.message}`, error);
}
/** Numbers that JSON does not have go as text; `undefined` as null. */
const plainValue = ({ value, unserializableValue }) => unserializableValue === undefined ? (value ?? null) : unserializableValue.replace(/n$/, '');
//# sourceMappingURL=script.js.map