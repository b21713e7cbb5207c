import { z } from 'zod';
import { tool } from './tool.js';

export const ASK_HUMAN = 'ask_human';

/** Only where there is somebody to ask. */
export const ASK_HUMAN_TOOL = tool(
  ASK_HUMAN,
  'ask',
  'Asks the person, who can see the browser and work in it, and waits for the answer.',
  z.strictObject({ question: z.string().min(1).max(4000).describe('What you need, and why.') }),
  async ({ question }, { askHuman, signal }) => ({
    success: true,
    text: await askHuman(question, signal),
    publicText: 'A person answered.', // it may be a code that was sent to them
  }),
);
