import { PASS } from './decision.js';
import { findDecision } from './table.js';
/** Decides on a command of a client. What the table does not name is refused: nobody has thought about what it could do. */
export function judge(method, params, whereabouts) {
    if (method === 'Target.sendMessageToTarget')
        return judgeTunnel(params, whereabouts);
    const decision = findDecision(method);
    if (decision === 'pass')
        return PASS;
    if (decision === undefined) {
        const message = `'${method}' wasn't found: Carrel passes on what it knows of Chromium's protocol, and this is not in it`;
        return { kind: 'unknown', message };
    }
    return decision.judge(method, isObject(params) ? params : {}, whereabouts);
}
/**
 * Sessions without `flatten` carry their commands as text inside `Target.sendMessageToTarget`: the same rules hold there. The text is written
 * anew, because two readers may understand one text differently, as one that names a key twice.
 */
function judgeTunnel(params, whereabouts) {
    if (!isObject(params) || typeof params.message !== 'string')
        return PASS; // which Chromium refuses
    const inner = parse(params.message);
    if (inner === undefined || typeof inner.method !== 'string') {
        return { kind: 'refuse', message: 'The message inside Target.sendMessageToTarget is no command in JSON.' };
    }
    const verdict = judge(inner.method, inner.params, whereabouts);
    switch (verdict.kind) {
        case 'pass':
            return { kind: 'rewrite', params: { ...params, message: JSON.stringify(inner) } };
        case 'rewrite':
            return { kind: 'rewrite', params: { ...params, message: JSON.stringify({ ...inner, params: verdict.params }) } };
        case 'refuse':
        case 'unknown':
            return verdict;
        default: {
            const message = `Carrel refuses ${inner.method} inside Target.sendMessageToTarget: attach with flatten: true.`;
            return { kind: 'refuse', message };
        }
    }
}
function parse(text) {
    try {
        const value = JSON.parse(text);
        return isObject(value) ? value : undefined;
    }
    catch {
        return undefined; // said by the caller
    }
}
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
//# sourceMappingURL=judge.js.map