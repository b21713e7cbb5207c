/** Verbs that a direct instruction begins with, and the words that a question does. */
const VERBS =
  'open|go|visit|navigate|browse|load|follow|click|press|tap|push|hit|search|look|find|fill|type|enter|write|put|set|choose|select|pick|check|tick|' +
  'uncheck|untick|submit|send|sign|log|login|scroll|list|show|read|compare|count|tell|give|say|report|get|return|add|ask|wait';
const QUESTIONS = "how|which|what|who|where|when|what's|are|is|does|do";
const STARTS = new RegExp(`^(?:${VERBS}|${QUESTIONS})\\b`, 'i');
const POLITE =
  /^(?:(?:please|kindly|now|next|first|second|third|finally|lastly|afterwards|after that|once there|there|also|and|then|so|ok(?:ay)?|hi|hello|hey)\b[,:]?\s*|(?:can|could|would|will) you\s+(?:please\s+)?|(?:i(?:'d| would) like (?:you )?to|i want (?:you )?to|i need (?:you )?to|help me(?: to)?|let'?s)\s+)/i;
const TRAILING = /(?<![,\s])(?:[,\s]+(?:please|for me|thanks|thank you))+$/i;

/** Quoted texts and addresses, which no rule for words may cut: they are put back where a clause is understood. */
export interface Protected {
  readonly text: string;
  readonly restore: (text: string) => string;
}

const OPEN_MARK = '\uE000';
const CLOSE_MARK = '\uE001';
const QUOTES = /"([^"]+)"|“([^”]+)”|‘([^’]+)’|«([^»]+)»|`([^`]+)`|(?<![\p{L}\p{N}])'([^']+)'(?![\p{L}\p{N}])/gu;
const ADDRESSES =
  /\bhttps?:\/\/[^\s"“”<>]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|co|uk|de|fr|eu|edu|gov|info|example|test|localhost)(?::\d+)?(?:\/[^\s"“”<>,]*)?/gi;

export function protect(text: string): Protected {
  const kept: string[] = [];
  const keep = (value: string) => `${OPEN_MARK}${kept.push(value) - 1}${CLOSE_MARK}`;
  const withoutQuotes = text.replace(/[\uE000\uE001]/g, '').replace(QUOTES, (whole, ...groups: (string | undefined)[]) => {
    const value = groups.slice(0, 6).find((one) => typeof one === 'string');
    return value === undefined ? whole : keep(`"${value}"`);
  });
  const safe = withoutQuotes.replace(ADDRESSES, (address) => {
    const [ending = ''] = /[.,;:!?)]+$/.exec(address) ?? [];
    return keep(address.slice(0, address.length - ending.length)) + ending;
  });
  const restore = (part: string): string => part.replace(/\uE000(\d+)\uE001/g, (_, index: string) => restore(kept[Number(index)] ?? ''));
  return { text: safe, restore };
}

/** Takes quotation marks off a text that is nothing but quoted. */
export const unquoted = (text: string): string =>
  text
    .trim()
    .replace(/^"([^"]*)"$/, '$1')
    .trim();

export function withoutPoliteness(clause: string): string {
  let text = clause.trim();
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(POLITE, '').trim();
  }
  return text.replace(TRAILING, '').trim();
}

const SENTENCE_ENDS = /(?<=[.!?;])\s+|\n+/;
const JOINTS = /\s*,?\s*\b(?:and then|then|and also|and)\b\s*,?\s+|\s*[,;]\s+/i;

/** The instructions of a task, in order, each as it was written. A joint counts only where a new instruction begins after it. */
export function clausesOf(task: string): string[] {
  const { text, restore } = protect(task);
  const clauses: string[] = [];
  for (const sentence of text.split(SENTENCE_ENDS)) {
    for (const part of splitAtJoints(sentence)) {
      const clause = withoutPoliteness(part.replace(/(?<![.!;,\s])[.!;,\s]+$/, ''));
      if (/[\p{L}\p{N}]/u.test(clause)) clauses.push(restore(clause));
    }
  }
  return clauses;
}

/** How an instruction begins is seen in this much of it. */
const MAX_START_CHARS = 100;

function splitAtJoints(sentence: string): string[] {
  const parts: string[] = [];
  let rest = sentence;
  let from = 0;
  for (;;) {
    const joint = JOINTS.exec(rest.slice(from));
    if (joint === null) break;
    const at = from + joint.index;
    const after = rest.slice(at + joint[0].length);
    if (at > 0 && beginsInstruction(after.slice(0, MAX_START_CHARS), rest.slice(0, Math.min(at, MAX_START_CHARS)))) {
      parts.push(rest.slice(0, at));
      rest = after;
      from = 0;
    } else from = at + joint[0].length;
  }
  return [...parts, rest];
}

/** `email with …` goes on with the filling that came before it. */
const CONTINUED_FILL = /^(?:the )?[\p{L}\d\s'-]{1,40}? (?:with|as|to) \S/u;

function beginsInstruction(after: string, before: string): boolean {
  const text = withoutPoliteness(after);
  if (STARTS.test(text)) return !/^(?:is|are|does|do)\b/i.test(text);
  return /^(?:fill|set|change)\b/i.test(withoutPoliteness(before)) && CONTINUED_FILL.test(text);
}
