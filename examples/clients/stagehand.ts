// Stagehand drives a browser of Carrel by its CDP URL. A model of yours, wherever it runs, tells it what is what.
import { Stagehand } from '@browserbasehq/stagehand';
import { Carrel } from '@carrel/sdk';
import { z } from 'zod';

const shop = process.env.SHOP_URL ?? 'http://127.0.0.1:7071';
const { MODEL_URL = 'http://127.0.0.1:11434/v1', MODEL = 'qwen3', MODEL_API_KEY = 'none' } = process.env;
const client = new Carrel(); // CARREL_URL and CARREL_API_KEY

await using browser = await client.browsers.open();
const stagehand = new Stagehand({
  env: 'LOCAL',
  localBrowserLaunchOptions: { cdpUrl: browser.cdpUrl },
  model: { modelName: `openai/${MODEL}`, baseURL: MODEL_URL, apiKey: MODEL_API_KEY },
  verbose: 0,
  disablePino: true,
});
await stagehand.init();
try {
  const page = stagehand.context.pages()[0];
  if (page === undefined) throw new Error('a browser of Carrel has a page');
  await page.goto(`${shop}/sale`);
  const { books } = await stagehand.extract(
    'the books on sale, with their prices',
    z.object({ books: z.array(z.object({ title: z.string(), price: z.string() })) }),
  );
  for (const { title, price } of books) console.log(`${price}  ${title}`);
} finally {
  await stagehand.close();
}
