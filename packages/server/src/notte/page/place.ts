import type { LiveSession } from '../sessions/live-session.js';
import type { ElementAction } from './actions.js';
import { REF_SELECTOR } from './observation.js';

/** An element, as the native actions name it. */
export type Place = { readonly ref: string } | { readonly selector: string };

/** Why an action was not even tried, in a sentence: it is an answer, not an error. */
export class ActionRefused extends Error {
  override readonly name = 'ActionRefused';
}

/** Whether one matches would tell what is in a field, letter by letter. */
export const NO_SELECTORS = 'In a session with a vault, elements are named by the ids of the last observation, not by selectors.';

/** What an action is to act on: its selector, or else its id in the last observation. @throws {ActionRefused} */
export function placeOf(action: ElementAction, session: LiveSession): Place {
  const { type, selector } = action;
  const given = typeof selector === 'string' ? selector : fromSelectors(selector);
  if (session.vault !== undefined && given !== undefined && given !== '' && !given.startsWith(REF_SELECTOR))
    throw new ActionRefused(NO_SELECTORS);
  if (given !== undefined && given !== '')
    return given.startsWith(REF_SELECTOR) ? { ref: given.slice(REF_SELECTOR.length) } : { selector: plain(given) };
  // Clients show ids as `B1[:]`, and some send them so.
  const id = action.id.replace(/\[:\]$/, '');
  if (id === '') throw new ActionRefused(`The action '${type}' names no element: give an id of the last observation, or a selector.`);
  if (session.seen === undefined)
    throw new ActionRefused(`Nothing was observed yet, so ${id} names nothing: observe first, or give a selector.`);
  const seen = session.seen.byId(id);
  if (seen === undefined) throw new ActionRefused(`action '${id}' not found in page context. Observe again, and use an id from there.`);
  return { ref: seen.element.ref };
}

/** The first that is given, in the frames that it is in. */
function fromSelectors(selectors: Exclude<ElementAction['selector'], string>): string | undefined {
  if (!selectors) return undefined;
  const { playwright_selector: playwright, css_selector: css, xpath_selector: xpath, iframe_parent_css_selectors: frames } = selectors;
  const own = playwright || css || (xpath ? `xpath=${xpath}` : undefined);
  if (own === undefined || own.startsWith(REF_SELECTOR)) return own;
  return [...(frames ?? []).map((frame) => `${frame} >> internal:control=enter-frame`), own].join(' >> ');
}

/** `~Sign in` is Notte's way to write a text. */
const plain = (selector: string) => (selector.startsWith('~') ? `text=${JSON.stringify(selector.slice(1))}` : selector);
