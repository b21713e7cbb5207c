import type { Protocol } from 'devtools-protocol';
import type { Page } from 'playwright-core';
import { FrameSessions } from './frame-sessions.js';

/**
 * All text that a page has laid out, as pictures of it show it: of its frames, of shadow roots, of what assistive technology is not told and
 * what fields hold, but for passwords, which are dots. It is the browser that says so; no script of the page is asked. What is drawn as a
 * picture is not in it.
 */
export async function readPaintedText(page: Page): Promise<string> {
  await using sessions = new FrameSessions(page);
  const texts: string[] = [];
  for (const session of await sessions.all()) {
    const { documents, strings } = await session.send('DOMSnapshot.captureSnapshot', { computedStyles: [] });
    for (const document of documents) texts.push(...textsOf(document, strings));
  }
  return texts.join('\n');
}

function textsOf({ layout, nodes }: Protocol.DOMSnapshot.DocumentSnapshot, strings: readonly string[]): string[] {
  const at = (index: number | undefined) => strings[index ?? -1] ?? ''; // -1: none
  // Joined without a break: what is set in two styles is one word to whoever looks.
  const texts = [layout.text.map(at).join('')];
  const attribute = (node: number, name: string) => {
    const indexes = nodes.attributes?.[node] ?? [];
    const position = indexes.findIndex((index, n) => n % 2 === 0 && at(index) === name);
    return position === -1 ? '' : at(indexes[position + 1]);
  };
  for (const [n, node] of (nodes.inputValue?.index ?? []).entries()) {
    const isPassword = attribute(node, 'type').toLowerCase() === 'password';
    texts.push(isPassword ? '' : at(nodes.inputValue?.value[n]), attribute(node, 'placeholder'));
  }
  texts.push(...(nodes.textValue?.value ?? []).map(at));
  return texts;
}
