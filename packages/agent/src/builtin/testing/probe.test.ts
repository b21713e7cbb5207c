import { it } from 'vitest';
import { startDriver } from './drive.js';

const where = '../../../../../examples/src/shop/index.js';
const TASKS: [string, string?][] = JSON.parse(process.env.TASKS ?? '[]');
it('probe', async () => {
  const { startShop } = await import(where);
  await using shop = await startShop();
  await using driver = await startDriver();
  let previousContext = null;
  for (const [task, url, follows] of TASKS as [string, string?, boolean?][]) {
    try {
      const t = await driver.run({
        task: task.replace('URL', shop.url),
        startUrl: url ? shop.url : null,
        previousContext: follows ? previousContext : null,
      });
      previousContext = t.text;
      console.log(
        `### ${task}\n${t.calls
          .slice(0, -1)
          .map((c) => c.slice(0, 100))
          .join('\n')}\n${JSON.stringify(t.outcome.failure ?? '')}${t.text}`,
      );
    } catch (e) {
      console.log(`### ${task}\n!! ${e}`);
    }
  }
}, 120_000);
