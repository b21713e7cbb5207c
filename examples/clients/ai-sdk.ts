// The Vercel AI SDK: a model with three tools, which are a browser of Carrel. Any model will do that can call tools.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type Action, Carrel } from '@carrel/sdk';
import { generateText, stepCountIs, tool } from 'ai';
import { z } from 'zod';

const shop = process.env.SHOP_URL ?? 'http://127.0.0.1:7071';
const { MODEL_URL = 'http://127.0.0.1:11434/v1', MODEL = 'qwen3', MODEL_API_KEY = 'none' } = process.env;
const client = new Carrel(); // CARREL_URL and CARREL_API_KEY

await using browser = await client.browsers.open();
const seen = async () => (await browser.observe({ maxSnapshotChars: 20_000 })).snapshot;
const done = async (action: Action) => {
  const { success, message } = await browser.execute(action);
  return success ? await seen() : `That failed: ${message}`;
};

const { text, steps } = await generateText({
  model: createOpenAICompatible({ name: 'local', baseURL: MODEL_URL, apiKey: MODEL_API_KEY })(MODEL),
  prompt: `Find the cheapest book that is on sale at ${shop}, and say its title and price.`,
  stopWhen: stepCountIs(10),
  tools: {
    goto: tool({ description: 'Go to a URL.', inputSchema: z.object({ url: z.url() }), execute: ({ url }) => done({ type: 'goto', url }) }),
    click: tool({
      description: 'Click the element with this ref.',
      inputSchema: z.object({ ref: z.string() }),
      execute: ({ ref }) => done({ type: 'click', ref }),
    }),
    look: tool({ description: 'See the page.', inputSchema: z.object({}), execute: seen }),
  },
});
for (const { toolCalls } of steps) for (const { toolName, input } of toolCalls) console.log(toolName, JSON.stringify(input));
console.log(text);
