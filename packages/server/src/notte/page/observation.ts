import type { Observation } from '@carrel/protocol';
import { z } from 'zod';
import { describeSpace, elementText } from './description.js';
import { type SeenElement, SeenElements } from './seen-elements.js';

/** The body of `POST …/page/observe`. */
export const observeBody = z.object({
  max_nb_actions: z.number().int().min(0).max(10_000).default(100),
  /** Words that the actions shall have to do with. */
  instructions: z.string().max(32_000).nullish(),
});
export type ObserveBody = z.output<typeof observeBody>;

/** What element an action is to act on, in Notte's form: here by its ref, which holds as long as its id. */
export const REF_SELECTOR = 'aria-ref=';

/** An observation in Notte's form, and what its ids name. */
export function toObservation(observation: Observation, { max_nb_actions: max, instructions }: ObserveBody, startedAt: Date) {
  const { metadata, screenshot, snapshot } = observation;
  const seen = new SeenElements(observation);
  const { viewport, scroll } = metadata;
  const sides = { viewport_width: viewport.width, viewport_height: viewport.height, scroll_x: scroll.x, scroll_y: scroll.y };
  const acted = seen.all.filter(({ action }) => action !== null);
  const body = {
    started_at: startedAt.toISOString(),
    ended_at: new Date().toISOString(),
    metadata: {
      title: metadata.title,
      url: metadata.url,
      viewport: {
        scroll_x: Math.round(scroll.x),
        scroll_y: Math.round(scroll.y),
        viewport_width: Math.round(viewport.width),
        viewport_height: Math.round(viewport.height),
        total_width: Math.round(scroll.width),
        total_height: Math.round(scroll.height),
      },
      tabs: metadata.tabs.map(({ title, url }, index) => ({ tab_id: index, title, url })),
      timestamp: new Date().toISOString(),
    },
    screenshot: {
      // While a dialog is open, and where a picture would show a secret, there is none.
      raw: screenshot?.base64 ?? '',
      bboxes: seen.all.flatMap(({ id, element: { box } }) => (box === undefined ? [] : [{ ...box, ...sides, notte_id: id }])),
      last_action_id: null,
    },
    space: {
      description: describeSpace(snapshot, seen),
      interaction_actions: about(acted, instructions ?? '')
        .slice(0, max)
        .map(toAction),
    },
  };
  return { body, seen };
}

/** Those that share a word with what is asked for; all, where none does. No model is asked. */
function about(elements: readonly SeenElement[], instructions: string): readonly SeenElement[] {
  const words = wordsOf(instructions);
  const fitting = elements.filter((seen) => wordsOf(`${elementText(seen)}`).some((word) => words.includes(word)));
  return fitting.length === 0 ? elements : fitting;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];

function toAction(seen: SeenElement) {
  const { id, element, action, options } = seen;
  const common = {
    type: action,
    category: 'Interaction Actions',
    description: elementText(seen),
    id,
    selector: {
      css_selector: '',
      xpath_selector: '',
      in_iframe: false,
      in_shadow_root: false,
      iframe_parent_css_selectors: [],
      playwright_selector: `${REF_SELECTOR}${element.ref}`,
    },
    ...(element.name === '' ? {} : { text_label: element.name }),
    timeout: 15_000,
  };
  if (action === 'fill') return { ...common, value: '<sample_value>' };
  if (action === 'check') return { ...common, value: true };
  return action === 'select_dropdown_option' ? { ...common, value: options[0]?.name ?? '' } : common;
}
