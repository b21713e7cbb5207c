import type { Instruction } from '../language/instructions.js';
import { contentWords, likeness } from '../language/words.js';
import { clickOn, likeliest } from './act.js';
import type { Move, Situation } from './move.js';
import { goOn, wayTo } from './way.js';

/** Puts a thing into a cart: on its own page, where the button can be of nothing else. */
export function add(begun: Situation, { item, to }: Extract<Instruction, { kind: 'add' }>): Move {
  const isAdded = begun.memory.tried.some((key) => key.startsWith('add '));
  if (isAdded && begun.outcome?.success === true) return { kind: 'next', did: `added “${item}” to the ${to}` };
  const wanted = { missing: contentWords(item), asked: item, isExact: false };
  const went = goOn(begun, wanted);
  if ('kind' in went) return went;
  const { page, memory } = went;
  const isItsPage = likeness(page.subject.title, item) > 0 || memory.tried.some((key) => key.startsWith('item '));
  const buttons = page.controls.filter(({ role, name, isDisabled }) => role === 'button' && !isDisabled && /\b(add|buy|put)\b/i.test(name));
  const adding = isItsPage ? buttons.slice(0, 1).map((button) => ({ ...clickOn(button), key: `add ${button.name}` })) : [];
  const links = likeliest(
    page.controls.filter(({ role }) => role === 'link'),
    item,
  ).slice(0, 2);
  const going = isItsPage ? [] : links.map((link) => ({ ...clickOn(link), key: `item ${link.name}` }));
  const next = [...adding, ...going].find(({ key }) => !memory.tried.includes(key));
  const way = isItsPage ? undefined : wayTo(went, wanted);
  return next ?? way ?? { kind: 'stuck', because: `there is no way here to add “${item}” to the ${to}` };
}
