import { surveyFrame, surveyPage } from './field-survey.js';
const INTERACTIVE_ROLES = new Set(('button checkbox combobox gridcell link listbox menuitem menuitemcheckbox menuitemradio option radio scrollbar searchbox slider ' +
    'spinbutton switch tab textbox treeitem').split(' '));
/** Roles that are worth acting on only where the page shows so. */
const MAYBE_INTERACTIVE_ROLES = new Set(['gridcell', 'treeitem']);
const TYPED_INTO = new Set(['textbox', 'searchbox', 'combobox', 'spinbutton', 'slider']);
const HIDDEN_VALUE = '••••••••';
/** Sees the page: its accessibility tree, frames and open shadow roots included, and everything that can be acted on. */
export async function takeSnapshot({ session, tab, page, deadline, signal }) {
    const json = await page.ariaSnapshotJSON({ mode: 'ai', boxes: true, timeout: deadline.remainingOrOneMs, signal });
    const nodes = json;
    const frameRefs = nodesOf(nodes).flatMap(({ role, ref }) => (role === 'iframe' && ref !== undefined ? [ref] : []));
    const [ofPage, ...ofFrames] = await Promise.all([
        surveyPage(session, tab, deadline),
        ...frameRefs.map((ref) => surveyFrame(page, ref, signal)),
    ]);
    const surveys = new Map([[undefined, ofPage]]);
    for (const [index, survey] of ofFrames.entries())
        surveys.set(frameRefs[index], survey);
    const snapshot = { nodes, elements: [], seen: new Map() };
    collect(snapshot, nodes, { surveys, frameRef: undefined, origin: { x: 0, y: 0 } });
    return snapshot;
}
/** All nodes in document order. */
function nodesOf(roots) {
    const found = [];
    const stack = roots.toReversed();
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
        if (typeof node === 'string')
            continue;
        found.push(node);
        for (const child of (node.children ?? []).toReversed())
            stack.push(child);
    }
    return found;
}
/** Lists what can be acted on, and hides passwords in the tree itself. */
function collect(snapshot, nodes, frame) {
    const survey = frame.surveys.get(frame.frameRef);
    for (const node of nodes) {
        if (typeof node === 'string')
            continue;
        const facts = survey?.at(node.box);
        if (TYPED_INTO.has(node.role))
            hidePasswords(node, survey);
        // Of editable text with the role of a field, the tree does not have the text.
        if (facts?.isEditable === true && node.role === 'textbox' && !node.text && !node.children?.length && facts.text !== '')
            node.text = facts.text;
        if (node.box !== undefined)
            node.box = { ...node.box, x: node.box.x + frame.origin.x, y: node.box.y + frame.origin.y };
        if (node.ref !== undefined) {
            snapshot.seen.set(node.ref, { role: node.role, name: node.name ?? '' });
            if (isInteractive(node, facts))
                snapshot.elements.push(toElement(node, node.ref, facts));
        }
        if (node.children !== undefined)
            collect(snapshot, node.children, within(node, facts, frame));
    }
}
/** What holds for the children of a node: inside of a frame, positions begin at the corner of its content. */
function within({ role, ref, box }, facts, frame) {
    if (role !== 'iframe' || box === undefined)
        return frame;
    return { ...frame, frameRef: ref, origin: { x: box.x + (facts?.inset.x ?? 0), y: box.y + (facts?.inset.y ?? 0) } };
}
/** Its text is its value, and not its name. */
const isValued = ({ role }) => TYPED_INTO.has(role) || role === 'listbox';
function hidePasswords(node, survey) {
    const hidden = (text) => (text !== '' && survey?.mayBePassword(text) !== false ? HIDDEN_VALUE : text);
    if (node.text !== undefined)
        node.text = hidden(node.text);
    if (node.children !== undefined)
        node.children = node.children.map((child) => (typeof child === 'string' ? hidden(child) : child));
}
function isInteractive(node, facts) {
    if (facts?.isEditable === true || node.cursor === 'pointer')
        return true;
    return INTERACTIVE_ROLES.has(node.role) && !MAYBE_INTERACTIVE_ROLES.has(node.role);
}
function toElement(node, ref, facts) {
    const states = statesOf(node, facts);
    const value = valueIn(node, facts);
    return {
        ref,
        role: node.role === 'generic' && facts?.isEditable === true ? 'textbox' : node.role,
        name: clip(node.name || (isValued(node) || facts?.isEditable === true ? '' : textOf(node))),
        ...(value === undefined ? {} : { value: clip(value) }),
        ...(states.length === 0 ? {} : { states }),
        ...(node.url === undefined ? {} : { url: node.url }),
        ...(node.box === undefined ? {} : { box: node.box }),
    };
}
function statesOf(node, facts) {
    const states = [
        ['checked', node.checked === true],
        ['mixed', node.checked === 'mixed' || node.pressed === 'mixed'],
        ['disabled', node.disabled],
        ['expanded', node.expanded === true],
        ['collapsed', node.expanded === false],
        ['pressed', node.pressed === true],
        ['selected', node.selected],
        ['active', node.active],
        ['readonly', facts?.isReadonly],
        ['required', facts?.isRequired],
        ['invalid', node.invalid !== undefined && node.invalid !== false],
    ];
    return states.filter(([, holds]) => holds === true).map(([state]) => state);
}
function valueIn(node, facts) {
    if (node.role === 'combobox' || node.role === 'listbox')
        return selectedOption(node) ?? (TYPED_INTO.has(node.role) ? node.text : undefined);
    if (facts?.isEditable === true)
        return facts.text;
    return TYPED_INTO.has(node.role) ? textOf(node) : undefined;
}
function selectedOption(node) {
    const chosen = nodesOf(node.children ?? []).filter((child) => child.role === 'option' && child.selected === true);
    return chosen.length === 0 ? undefined : chosen.map((option) => option.name ?? '').join(', ');
}
const MAX_TEXT_CHARS = 200;
/** Longer names and values are cut; the snapshot has them whole. */
const MAX_FIELD_CHARS = 1_000;
const clip = (text) => (text.length <= MAX_FIELD_CHARS ? text : `${text.slice(0, MAX_FIELD_CHARS)}…`);
/** The text in a node, for elements that have no accessible name. */
function textOf(node) {
    if (node.text !== undefined)
        return node.text;
    let text = '';
    for (const child of node.children ?? []) {
        if (text.length >= MAX_TEXT_CHARS)
            break;
        text += ` ${typeof child === 'string' ? child : child.name || textOf(child)}`;
    }
    return text.trim().slice(0, MAX_TEXT_CHARS);
}
//# sourceMappingURL=snapshot.js.map