import { Carrel } from '@carrel/sdk';

const client = new Carrel(); // reads CARREL_URL and CARREL_API_KEY

await using browser = await client.browsers.open();
await browser.execute({ type: 'goto', url: process.argv[2] ?? 'https://example.com' });

const { metadata, elements } = await browser.observe();
console.log(metadata.title);
for (const { ref, role, name } of elements) console.log(ref, role, name);
