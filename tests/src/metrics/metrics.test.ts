import { routes } from '@carrel/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Api } from '../running/api.js';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

let server: TestServer;
let site: TestSite;
let api: Api;
beforeAll(async () => {
  server = await startTestServer();
  site = await startSite(greetingPage);
  api = new Api(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

const scrape = async (key = server.apiKey) => {
  const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

/** The value of the only series that has this name and, in any order, these labels. */
function figure(text: string, name: string, labels: Record<string, string>): number {
  const series = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  const fits = series.filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)));
  expect(fits, `${name} ${JSON.stringify(labels)} in\n${text}`).toHaveLength(1);
  return Number(fits[0]?.split(' ').at(-1));
}

it('should count browsers by their isolation, and what they asked the network for', async () => {
  expect(await scrape()).toMatchObject({ status: 200, type: expect.stringContaining('text/plain; version=0.0.4') });
  const { id, isolation } = await api.must(routes.openBrowser);
  const params = { id };
  const labels = { kind: 'headless-shell', isolation: isolation.level };
  await api.must(routes.execute, { params, body: { type: 'goto', url: site.url } });
  await api.must(routes.execute, { params, body: { type: 'goto', url: 'http://10.0.0.1/' } });
  const during = (await scrape()).text;
  expect(figure(during, 'carrel_browsers', { ...labels, status: 'running' })).toBe(1);
  expect(figure(during, 'carrel_browsers_opened_total', labels)).toBe(1);
  expect(figure(during, 'carrel_egress_requests_total', { outcome: 'passed' })).toBeGreaterThanOrEqual(1);
  expect(figure(during, 'carrel_egress_requests_total', { outcome: 'refused' })).toBeGreaterThanOrEqual(1);
  const bytesIn = figure(during, 'carrel_egress_bytes_total', { direction: 'in' });
  expect(bytesIn).toBeGreaterThan(100);

  await api.must(routes.closeBrowser, { params });
  await expect.poll(async () => (await scrape()).text, { timeout: 15_000 }).toContain('carrel_browsers_ended_total{');
  const after = (await scrape()).text;
  expect(figure(after, 'carrel_browsers', { ...labels, status: 'running' })).toBe(0);
  expect(figure(after, 'carrel_browsers_ended_total', { ...labels, reason: 'closed_by_client' })).toBe(1);
  expect(figure(after, 'carrel_egress_bytes_total', { direction: 'in' })).toBeGreaterThanOrEqual(bytesIn);
});

it('should tell how long browsers took to start, and how the server and its database keep up', async () => {
  const { id, isolation } = await api.must(routes.openBrowser);
  const { text } = await scrape();
  const labels = { kind: 'headless-shell', isolation: isolation.level, startup: 'cold' };
  expect(figure(text, 'carrel_browser_start_seconds_count', labels)).toBeGreaterThanOrEqual(1);
  expect(figure(text, 'carrel_browser_start_seconds_bucket', { ...labels, le: '30' })).toBeGreaterThanOrEqual(1);
  expect(figure(text, 'carrel_event_loop_delay_seconds', { quantile: '1' })).toBeGreaterThanOrEqual(0);
  expect(figure(text, 'carrel_process_memory_bytes', { type: 'resident' })).toBeGreaterThan(10_000_000);
  expect(figure(text, 'carrel_postgres_connections', { state: 'idle' })).toBeGreaterThanOrEqual(1);
  const plain = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(plain('carrel_process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(plain('carrel_event_loop_utilization')).toBeGreaterThan(0);
  for (const name of ['carrel_postgres_pending_writes', 'carrel_cdp_clients', 'carrel_browsers_asleep', 'carrel_admission_waiting']) {
    expect(plain(name), name).toBeGreaterThanOrEqual(0);
  }
  await api.must(routes.closeBrowser, { params: { id } });
});

it('should show them to operators only', async () => {
  const { secret } = await api.must(routes.createApiKey, { body: { name: 'k', scopes: ['browsers:read', 'browsers:write'] } });
  expect((await scrape(secret)).status).toBe(403);
  expect((await scrape('ck_wrong')).status).toBe(401);
});
