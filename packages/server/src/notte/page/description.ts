import type { PageElement } from '@carrel/protocol';
import type { SeenElement, SeenElements } from './seen-elements.js';
import { linesOf } from './snapshot-lines.js';

const MAX_ATTRIBUTE_CHARS = 60;
const TAGS: Readonly<Record<string, string>> = {
  link: 'a',
  button: 'button',
  textbox: 'input',
  searchbox: 'input',
  combobox: 'input',
  option: 'option',
  checkbox: 'input',
  radio: 'input',
  image: 'img',
  img: 'img',
};

/** The page as text, in Notte's form: a line for each element that can be acted on, with its id, and `_[:]` before all other text. */
export function describeSpace(snapshot: string, seen: SeenElements): string {
  return linesOf(snapshot)
    .flatMap(({ ref, name, text }) => {
      const element = ref === undefined ? undefined : seen.byRef(ref);
      if (element !== undefined) return [`${element.id}[:]${elementText(element)}`];
      const plain = [name, text].filter((part) => part !== '');
      return plain.length > 0 ? [`_[:]${plain.join(' ')}`] : [];
    })
    .join('\n');
}

/** An element as HTML says it, cut short. */
export function elementText({ element, options }: Pick<SeenElement, 'element' | 'options'>): string {
  const tag = options.length > 0 ? 'select' : (TAGS[element.role] ?? 'div');
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
