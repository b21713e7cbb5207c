import { expect, it } from 'vitest';
import { Carrel } from '../client.js';
import { json, startContractServer } from '../testing/contract-server.js';

it('should read a list page by page, and only as far as it is read', async () => {
  const { url, received } = await startContractServer(
    json(200, { data: [{ id: 'a' }, { id: 'b' }], nextCursor: 'x&y' }),
    json(200, { data: [{ id: 'c' }], nextCursor: null }),
  );
  const client = new Carrel({ url });
  const ids: string[] = [];
  for await (const { id } of client.browsers.list({ status: 'running', limit: 2 })) ids.push(id);
  expect(ids).toEqual(['a', 'b', 'c']);
  expect(received.map(({ path }) => path)).toEqual([
    '/v1/browsers?status=running&limit=2',
    '/v1/browsers?status=running&limit=2&cursor=x%26y',
  ]);
});

it('should stop asking when the reader stops', async () => {
  const { url, received } = await startContractServer(json(200, { data: [{ id: 'a' }, { id: 'b' }], nextCursor: 'x' }));
  const client = new Carrel({ url });
  for await (const { id } of client.projects.list()) {
    expect(id).toBe('a');
    break;
  }
  expect(received).toHaveLength(1);
  expect(await client.apiKeys.list().page('z')).toMatchObject({ nextCursor: 'x' });
  expect(received.at(-1)?.path).toBe('/v1/api-keys?cursor=z');
});
