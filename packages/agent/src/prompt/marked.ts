import { randomBytes } from 'node:crypto';

/** A marker: unknown to every page, and made anew for each turn. */
export const newMarker = (): string => randomBytes(12).toString('hex');

/**
 * Text that a page or an earlier turn has a say in, enclosed so that a model can tell it from what it is to obey. What is enclosed cannot
 * look like the end of the enclosure, nor like the tokens that models are told apart with who speaks.
 * @param label what it is, in capitals
 */
export function marked(label: string, text: string, marker: string): string {
  return `<<<${label} ${marker}>>>\n${harmless(text, marker)}\n<<<END ${label} ${marker}>>>`;
}

/**
 * Characters that nobody sees and models read: tags and variation selectors (U+E0000 to U+E01EF), in which whole
 * sentences hide, what turns the direction of text round (U+202A to U+202E, U+2066 to U+2069), joiners and operators of no width (U+2060
 * to U+2064), soft hyphens, Mongolian vowel separators, and zero-width spaces.
 */
const UNSEEN = /[\u{E0000}-\u{E01EF}\u2060-\u2064\u00AD\u180E\u202A-\u202E\u2066-\u2069\u200B\uFEFF]/gu;
/** Tokens of the chat templates of open models, which some servers read in what users say too, e.g. `<|im_end|>`, `[/INST]`, `</s>`, `<｜end▁of▁sentence｜>`. */
const TEMPLATE_TOKEN =
  /<[|｜]|[|｜]>|<(?=\/?(s|think|tool_call|tool_response)>)|<(?=(start|end)_of_turn>)|\[(?=\/?(INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])/gi;

function harmless(text: string, marker: string): string {
  return text
    .replace(UNSEEN, '')
    .replaceAll(new RegExp(marker, 'gi'), '[…]')
    .replace(/<{2,}/g, (run) => '‹'.repeat(run.length))
    .replace(/>{2,}/g, (run) => '›'.repeat(run.length))
    .replace(TEMPLATE_TOKEN, (token) => `${token[0]} ${token.slice(1)}`);
}
