import type { PageElement } from '@carrel/protocol';
import type { SeenElement, SeenElements } from './seen-elements.js';

const MAX_ATTRIBUTE_CHARS = 60;
/** A line of our snapshot: its role, its name as JSON, what is in brackets, and a text behind it. */
const LINE = /^\s*- (?<role>[\w-]+)(?: (?<name>"(?:[^"\\]|\\.)*"))?(?<flags>(?: \[[^\]]*\])*)(?::(?: (?<text>.*))?)?$/;
const TAGS: Readonly<Record<string, string>> = {
  link: 'a',
  button: 'button',
  textbox: 'input',
  searchbox: 'input',
  combobox: 'select',
  listbox: 'select',
  option: 'option',
  checkbox: 'input',
  radio: 'input',
  image: 'img',
  img: 'img',
};

/** The page as text, in Notte's form: a line for each element that can be acted on, with its id, and `_[:]` before all other text. */
export function describeSpace(snapshot: string, seen: SeenElements): string {
  const lines: string[] = [];
  for (const line of snapshot.split('\n')) {
    const { role = '', name, flags = '', text } = LINE.exec(line)?.groups ?? {};
    const ref = /\[ref=([^\]]+)\]/.exec(flags)?.[1];
    const element = ref === undefined ? undefined : seen.byRef(ref);
    if (element !== undefined) lines.push(`${element.id}[:]${elementText(element)}`);
    else {
      const plain = [name, text].map(unquoted).filter((part) => part !== '');
      if (role !== '' && plain.length > 0) lines.push(`_[:]${plain.join(' ')}`);
    }
  }
  return lines.join('\n');
}

/** An element as HTML says it, cut short. */
export function elementText({ element }: Pick<SeenElement, 'element'>): string {
  const tag = TAGS[element.role] ?? 'div';
  const attributes = Object.entries(attributesOf(element, tag)).map(([name, value]) => ` ${name}="${clip(value)}"`);
  const content = tag === 'input' || tag === 'img' ? '' : element.name;
  return content === '' ? `<${tag}${attributes.join('')} />` : `<${tag}${attributes.join('')}>${content}</${tag}>`;
}

function attributesOf({ role, name, value, url, states }: PageElement, tag: string): Record<string, string> {
  const isInput = tag === 'input' || tag === 'select';
  return {
    ...(tag === 'a' || tag === 'button' || tag === 'select' ? {} : { role }),
    ...(isInput && name !== '' ? { aria_label: name } : {}),
    ...(tag === 'img' && name !== '' ? { alt: name } : {}),
    ...(value === undefined ? {} : { value }),
    ...(url === undefined ? {} : { href: url }),
    ...(states?.includes('expanded') ? { aria_expanded: 'true' } : {}),
    ...(states?.includes('collapsed') ? { aria_expanded: 'false' } : {}),
  };
}

const clip = (text: string) => {
  const plain = text.replaceAll('"', '&quot;');
  return plain.length <= MAX_ATTRIBUTE_CHARS ? plain : `${plain.slice(0, MAX_ATTRIBUTE_CHARS - 1)}…`;
};

/** Names, and texts that would read as something else, are quoted in the snapshot. */
function unquoted(text: string | undefined): string {
  if (text === undefined) return '';
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text; // it only begins like one
  }
}
