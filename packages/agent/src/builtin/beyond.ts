import { ModelError } from '../model.js';

/** Says that rules cannot do it, and what can. */
export const beyond = (why: string): ModelError =>
  new ModelError(
    'required',
    `The built-in model works by rules and ${why}. For this, set a language model: CARREL_MODEL=openai/… (or anthropic/…, google/…, openai-compatible/…) with its key, the project’s model, or \`model\` of the task.`,
  );
