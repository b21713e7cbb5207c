const MAX_NAME_CHARS = 900;
/**
 * Writes a snapshot as text in the form that Playwright uses (and models know), cut at a line end near `maxChars`. The rest is counted
 * but not kept.
 */
export function renderSnapshot(nodes, maxChars) {
    const writer = new BoundedLines(maxChars);
    for (const node of nodes)
        writeNode(writer, node, 0);
    return writer.finish();
}
/** Lines up to a budget of characters. */
class BoundedLines {
    #lines = [];
    #maxChars;
    #keptChars = 0;
    #wholeChars = 0;
    #isFull = false;
    constructor(maxChars) {
        this.#maxChars = maxChars;
    }
    add(depth, text) {
        const line = `${'  '.repeat(depth)}- ${text}`;
        this.#wholeChars += line.length + 1;
        // Once a line did not fit, none does: what is kept is a beginning, without holes.
        if (this.#isFull || this.#keptChars + line.length + 1 > this.#maxChars) {
            this.#isFull = true;
            return;
        }
        this.#keptChars += line.length + 1;
        this.#lines.push(line);
    }
    finish() {
        return { text: this.#lines.join('\n'), wholeChars: this.#isFull ? this.#wholeChars - 1 : 0 };
    }
}
function writeNode(writer, node, depth) {
    if (typeof node === 'string' || node.role === 'text') {
        writer.add(depth, `text: ${scalar(typeof node === 'string' ? node : (node.text ?? ''))}`);
        return;
    }
    const properties = ['url', 'placeholder'].filter((key) => node[key] !== undefined);
    const children = node.children ?? [];
    const hasBlock = properties.length > 0 || children.length > 0;
    const inline = node.text !== undefined && !hasBlock ? `: ${scalar(node.text)}` : hasBlock ? ':' : '';
    writer.add(depth, key(node) + inline);
    for (const name of properties)
        writer.add(depth + 1, `/${name}: ${scalar(node[name] ?? '')}`);
    if (hasBlock && node.text !== undefined)
        writer.add(depth + 1, `text: ${scalar(node.text)}`);
    for (const child of children)
        writeNode(writer, child, depth + 1);
}
function key(node) {
    const flags = [
        node.checked === true && 'checked',
        node.checked === 'mixed' && 'checked=mixed',
        node.disabled && 'disabled',
        node.expanded === true && 'expanded',
        node.active && 'active',
        node.invalid !== undefined && node.invalid !== false && 'invalid',
        node.level !== undefined && `level=${node.level}`,
        node.pressed === true && 'pressed',
        node.pressed === 'mixed' && 'pressed=mixed',
        node.selected && 'selected',
        node.ref !== undefined && `ref=${node.ref}`,
        node.ref !== undefined && node.cursor === 'pointer' && 'cursor=pointer',
    ].filter((flag) => typeof flag === 'string');
    const name = node.name ? ` ${JSON.stringify(node.name.slice(0, MAX_NAME_CHARS))}` : '';
    return node.role + name + flags.map((flag) => ` [${flag}]`).join('');
}
/** As YAML writes it: plain where that reads back the same, quoted where it would not, and always on one line. */
function scalar(text) {
    const isPlain = /^[\p{L}\p{N}(][^\n\r\p{Cc}"#:{}[\]`]*$/u.test(text) && !/\s$/.test(text) && !/^(y|n|yes|no|true|false|on|off|null)$/i.test(text);
    return isPlain && Number.isNaN(Number(text)) ? text : JSON.stringify(text);
}
//# sourceMappingURL=snapshot-text.js.map