import type { Model } from '../model.js';
import { decide } from './decide.js';

/**
 * A model of rules, without any language model: it takes direct instructions in plain English and questions that a page answers word
 * for word, and says `required` of all else. Needs no key and no network, and decides the same for the same request.
 */
export const builtinModel = (): Model => ({
  name: 'builtin',
  seesPictures: false,
  decide: async (request, signal) => {
    signal.throwIfAborted();
    return decide(request);
  },
});
