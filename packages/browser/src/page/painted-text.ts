import type { Protocol } from 'devtools-protocol';
import type { CDPSession, Page } from 'playwright-core';
import { FrameSessions } from './frame-sessions.js';

const TEXT_SECURITY = '-webkit-text-security';

/** A text that a page shows, put together of those of its nodes. */
export interface PaintedText {
  text: string;
  /** Where the text of each node begins in it, in order. */
  parts: { start: number; backendNodeId: number }[];
  /** Of the document that it is in. */
  frameId: string;
}

/**
 * All text that a page has laid out, as pictures of it show it: of its frames, of shadow roots, of what assistive technology is not told and
 * what fields hold, but for passwords, which are dots. It is the browser that says so; no script of the page is asked. What is drawn as a
 * picture is not in it.
 */
export async function readPaintedText(page: Page): Promise<string> {
  await using sessions = new FrameSessions(page);
  const texts: string[] = [];
  for (const session of await sessions.all()) for (const { text } of await paintedTexts(session, { isDotsToo: true })) texts.push(text);
  return texts.join('\n');
}

/** The same of the documents in one process, with the nodes that show it; what has been made dots, only where that is asked for. */
export async function paintedTexts(session: CDPSession, { isDotsToo }: { isDotsToo: boolean }): Promise<PaintedText[]> {
  const { documents, strings } = await session.send('DOMSnapshot.captureSnapshot', { computedStyles: [TEXT_SECURITY] });
  return documents.flatMap((document) => textsOf(document, strings, isDotsToo));
}

function textsOf(
  { frameId, layout, nodes }: Protocol.DOMSnapshot.DocumentSnapshot,
  strings: readonly string[],
  isDotsToo: boolean,
): PaintedText[] {
  const at = (index: number | undefined) => strings[index ?? -1] ?? ''; // -1: none
  const attribute = (node: number, name: string) => {
    const indexes = nodes.attributes?.[node] ?? [];
    const position = indexes.findIndex((index, n) => n % 2 === 0 && at(index) === name);
    return position === -1 ? '' : at(indexes[position + 1]);
  };
  const isDots = (n: number) => !isDotsToo && !['', 'none'].includes(at(layout.styles[n]?.[0]));
  const areDots = new Set(layout.nodeIndex.filter((_, n) => isDots(n)));
  const partOf = (node: number, start: number) => ({ start, backendNodeId: nodes.backendNodeId?.[node] ?? 0 });
  const frame = { frameId: at(frameId) };
  // Joined without a break: what is set in two styles is one word to whoever looks.
  const laidOut: PaintedText = { text: '', parts: [], ...frame };
  for (const [n, node] of layout.nodeIndex.entries()) {
    const text = areDots.has(node) ? '' : at(layout.text[n]);
    if (text === '') continue;
    laidOut.parts.push(partOf(node, laidOut.text.length));
    laidOut.text += text;
  }
  const ofFields: PaintedText[] = [];
  const add = (node: number, text: string) => ofFields.push({ text, parts: [partOf(node, 0)], ...frame });
  for (const [n, node] of (nodes.inputValue?.index ?? []).entries()) {
    const isPassword = attribute(node, 'type').toLowerCase() === 'password';
    if (!isPassword && !areDots.has(node)) add(node, at(nodes.inputValue?.value[n]));
    add(node, attribute(node, 'placeholder')); // no dots are drawn for it, whatever the field does
  }
  for (const [n, node] of (nodes.textValue?.index ?? []).entries()) {
    if (!areDots.has(node)) add(node, at(nodes.textValue?.value[n]));
  }
  return [laidOut, ...ofFields.filter(({ text }) => text !== '')];
}
