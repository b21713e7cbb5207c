import { runIsolated } from './isolated-world.js';
const FIELDS = 'input, textarea, select, iframe, frame, [contenteditable], [aria-required], [aria-readonly]';
const MAX_FIELDS = 5_000;
/** Runs in the page: one row for each field. Through Playwright in the page's own world, so that what comes is checked. */
function readFields(given, max = 5_000) {
    const fields = 'input, textarea, select, iframe, frame, [contenteditable], [aria-required], [aria-readonly]';
    const maxTextChars = 1_000;
    const find = (root) => {
        const inner = [...root.querySelectorAll('*')].flatMap((element) => (element.shadowRoot === null ? [] : find(element.shadowRoot)));
        return [...root.querySelectorAll(fields), ...inner];
    };
    const rows = (given ?? find(document)).slice(0, max);
    return rows.map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        const field = element;
        const isFrame = element.localName === 'iframe' || element.localName === 'frame';
        const style = isFrame ? getComputedStyle(element) : undefined;
        const isEditable = element.isContentEditable === true && element.parentElement?.isContentEditable !== true;
        return {
            box: [x, y, width, height].map((side) => Math.round(side)).join(','),
            flags: [
                field.readOnly === true || element.getAttribute('aria-readonly') === 'true',
                field.required === true || element.getAttribute('aria-required') === 'true',
                isEditable,
            ],
            inset: isFrame
                ? [
                    element.clientLeft + Number.parseFloat(style?.paddingLeft ?? '0'),
                    element.clientTop + Number.parseFloat(style?.paddingTop ?? '0'),
                ]
                : [0, 0],
            password: field.type === 'password' ? field.value : '',
            text: isEditable ? element.innerText.slice(0, maxTextChars) : '',
        };
    });
}
const isRow = (row) => {
    const { box, flags, inset, password, text } = (row ?? {});
    return (typeof box === 'string' &&
        typeof password === 'string' &&
        typeof text === 'string' &&
        Array.isArray(flags) &&
        Array.isArray(inset) &&
        inset.every((side) => typeof side === 'number'));
};
const keyOf = ({ x, y, width, height }) => [x, y, width, height].join(',');
/** Knows nothing, and so takes every text for a password. */
const UNKNOWN = { at: () => undefined, mayBePassword: () => true };
/** Of the page itself: in an isolated world, which the page cannot reach. */
export async function surveyPage(session, tab, deadline) {
    return toSurvey(await runIsolated(session, tab, deadline, readFields, null));
}
/**
 * Of the frame with this ref, which may be of another process. What a hostile page does to its own world can make that impossible: then
 * nothing is known of it, and its values are not shown.
 */
export async function surveyFrame(page, frameRef, signal) {
    const fields = page.getByRef(frameRef).contentFrame().locator(FIELDS);
    const answer = await fields.evaluateAll(readFields, MAX_FIELDS).catch(() => {
        signal.throwIfAborted();
        return undefined;
    });
    return toSurvey(answer);
}
function toSurvey(answer) {
    if (!Array.isArray(answer) || !answer.every(isRow))
        return UNKNOWN;
    const facts = new Map();
    for (const { box, flags, inset, text } of answer) {
        if (facts.has(box))
            continue; // where two lie on top of each other, the outer one counts
        facts.set(box, {
            isReadonly: flags[0] === true,
            isRequired: flags[1] === true,
            isEditable: flags[2] === true,
            text,
            inset: { x: inset[0] ?? 0, y: inset[1] ?? 0 },
        });
    }
    const passwords = new Set(answer.map(({ password }) => password).filter((password) => password !== ''));
    const isComplete = answer.length < MAX_FIELDS;
    return {
        at: (box) => (box === undefined ? undefined : facts.get(keyOf(box))),
        mayBePassword: (text) => !isComplete || passwords.has(text),
    };
}
//# sourceMappingURL=field-survey.js.map