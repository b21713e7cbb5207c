import { it } from 'vitest';
import { startShop } from '../../../../../examples/src/shop/index.js';
import { startDriver } from './drive.js';

const TASKS: [string, string?][] = [
  ['Open URL and list the books on the front table'],
  ['What is on the front table?', 'URL'],
  ['Which is the cheapest book in Science?', 'URL'],
  ['How many books are there?', 'URL'],
  ['Search for darwin and tell me the cheapest', 'URL'],
  ['What is the price of The Tale of Genji?', 'URL'],
  ['How much is postage to this country?', 'URL'],
  ['Compare Moby-Dick and The Starry Messenger', 'URL'],
  ['Which books cost less than €15?', 'URL'],
  ['List the lamps', 'URL'],
  ['Go to Postage and read the page', 'URL'],
  ['Who wrote The Pillow Book?', 'URL'],
];
it('probe', async () => {
  await using shop = await startShop();
  await using driver = await startDriver();
  for (const [task, url] of TASKS) {
    try {
      const t = await driver.run({ task: task.replace('URL', shop.url), startUrl: url === undefined ? null : shop.url });
      console.log(
        `### ${task}\n${t.calls
          .map((c) => `${c.name} ${JSON.stringify(c.input).slice(0, 90)}`)
          .slice(0, -1)
          .join('\n')}\n${t.text}`,
      );
    } catch (e) {
      console.log(`### ${task}\n!! ${e}`);
    }
  }
}, 120_000);
