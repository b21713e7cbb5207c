import type { BrowserInfo } from '@carrel/sdk';
import { describe, expect, it } from 'vitest';
import { type Answers, startContractServer } from '../testing/contract-server.js';
import { type Input, runCarrel } from '../testing/run-carrel.js';

const PROFILE_ID = 'pf_00000000000000000000000001';
const profile = { id: PROFILE_ID, persist: true, version: 2, savedVersion: null, error: null };
const info = (id: string, change: Partial<BrowserInfo> = {}): BrowserInfo => ({
  id,
  status: 'closed',
  kind: 'headless-shell',
  browserVersion: '156.0.8078.79',
  isolation: { level: 'sandbox', reasons: [] },
  standby: 'awake',
  startup: 'cold',
  startupReason: null,
  createdAt: '2026-11-22T00:00:00.000Z',
  endedAt: null,
  expiresAt: '2026-11-22T01:00:00.000Z',
  idleTimeoutSeconds: 300,
  maxDurationSeconds: 3600,
  reason: null,
  metadata: {},
  identity: null,
  network: {
    exit: { type: 'direct', source: 'host', server: null, addresses: [], country: null, city: null, tags: [] },
    allow: null,
    deny: [],
  },
  endUserId: null,
  profile: null,
  needsHuman: null,
  warnings: [],
  ...change,
});

async function serve(answers: Answers) {
  const { env, asked } = await startContractServer(answers);
  return { carrel: (words: string[], input?: Input) => runCarrel(words, env, '/', input), asked };
}

describe('carrel open', () => {
  it('should open with a profile by its name, and say what will become of it', async () => {
    const running = info('br_1', { status: 'running', cdpUrl: 'ws://x', profile });
    const { carrel, asked } = await serve({
      'GET /v1/profiles?name=ann': { data: [{ id: PROFILE_ID }], nextCursor: null },
      'POST /v1/browsers': [201, running],
    });
    const words = ['--profile', 'ann', '--persist', '--on-conflict', 'merge', '--profile-version', '2', '--tabs', '--session-storage'];
    const { exitCode, stderr } = await carrel(['open', ...words, '--wait-ms', '5']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('It starts with version 2 of its profile, and saves when it closes.');
    const wanted = { id: PROFILE_ID, persist: true, version: 2, onConflict: 'merge', tabs: true, sessionStorage: true };
    expect(asked.at(-1)).toEqual(['POST /v1/browsers', { waitMs: 5, profile: wanted }]);
  });

  it('should not look up an id', async () => {
    const { carrel, asked } = await serve({
      'POST /v1/browsers': [201, info('br_1', { profile: { ...profile, persist: false, version: null } })],
    });
    const { stderr } = await carrel(['open', '--profile', PROFILE_ID]);
    expect(stderr).toContain('It starts empty, as nothing was saved to its profile yet, and saves nothing: --persist does.');
    expect(asked).toEqual([['POST /v1/browsers', { profile: { id: PROFILE_ID } }]]);
  });

  it.each(['--persist', '--tabs', '--session-storage', '--on-conflict=merge', '--profile-version=1'])(
    'should refuse %s without a profile',
    async (option) => {
      const { carrel, asked } = await serve({});
      expect(await carrel(['open', option])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('go with --profile') });
      expect(asked).toEqual([]);
    },
  );

  it('should end with 6 while another browser saves to the profile', async () => {
    const locked = { error: 'br_2 may save to it.', code: 'profile_locked', details: { browserId: 'br_2' }, requestId: 'req_1' };
    const { carrel } = await serve({ 'POST /v1/browsers': [409, locked] });
    const { exitCode, stderr } = await carrel(['open', '--profile', PROFILE_ID, '--persist']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 6, stderr: expect.stringContaining('br_2') });
  });
});

describe('carrel close', () => {
  const reason = { code: 'profile_too_large', message: 'It takes 600 MB.' };

  it('should say what was saved, and end with 1 where something was not', async () => {
    const { carrel } = await serve({
      'DELETE /v1/browsers/br_1': info('br_1', { profile: { ...profile, savedVersion: 3 } }),
      'DELETE /v1/browsers/br_2': info('br_2', { profile: { ...profile, error: reason } }),
      'DELETE /v1/browsers/br_3': info('br_3'),
    });
    const well = await carrel(['close', 'br_1', 'br_3']);
    expect(well).toMatchObject({ exitCode: 0, stdout: `br_1 closed saved as version 3 of ${PROFILE_ID}\nbr_3 closed\n` });
    const unsaved = await carrel(['close', 'br_2', 'br_3']);
    expect(unsaved.exitCode).toBe(1);
    expect(unsaved.stdout).toMatch(/^br_2 closed not saved to pf_\w+: profile_too_large: It takes 600 MB\.$/m);
    expect(unsaved.stderr).toContain('Version 2 is still there.');
    const asJson = await carrel(['close', 'br_2', '--json']);
    expect(JSON.parse(asJson.stdout)).toMatchObject([{ id: 'br_2', profile: { error: reason } }]);
    expect(JSON.parse(asJson.stderr)).toMatchObject({ code: 'profile_not_saved' });
  });
});

describe('carrel show', () => {
  it('should show the profile of a browser', async () => {
    const { carrel } = await serve({
      'GET /v1/browsers/br_1': info('br_1', { status: 'running', profile }),
      'GET /v1/browsers/br_2': info('br_2', { profile: { ...profile, savedVersion: 4 } }),
    });
    const running = await carrel(['show', 'br_1']);
    expect(running.stdout).toMatch(/^profile +pf_\w+, version 2, saved when it closes$/m);
    expect(running.stdout).toMatch(/^saved +nothing saved yet$/m);
    expect((await carrel(['show', 'br_2'])).stdout).toMatch(/^saved +saved as version 4 of pf_\w+$/m);
  });
});

describe('carrel checkpoint, audit and master-key', () => {
  it('should do and say what they are asked', async () => {
    const event = { id: 'ev_1', createdAt: '2026-11-22T00:00:00.000Z', apiKeyId: 'key_1', action: 'profile.exported' };
    const { carrel } = await serve({
      'GET /v1/browsers/br_1': info('br_1', { status: 'running', profile }),
      'POST /v1/browsers/br_1/checkpoint': { version: 3, sizeBytes: 1200 },
      'GET /v1/audit-events?limit=100': {
        data: [{ ...event, subject: PROFILE_ID, details: { format: 'netscape' } }],
        nextCursor: null,
      },
      'POST /v1/master-key/rotate': { keyId: 'k2', rewrapped: 12 },
    });
    expect((await carrel(['checkpoint', 'br_1'])).stdout).toBe('Saved as version 3 1.2 kB\n');
    expect((await carrel(['audit'])).stdout).toMatch(/ key_1 +profile\.exported +pf_\w+ +\{"format":"netscape"\}$/m);
    expect((await carrel(['master-key', 'rotate'])).stdout).toBe('12 keys wrapped with master key k2\n');
  });
});

describe('carrel exec --ask', () => {
  it('should take the value of a field from the input, as it is', async () => {
    const { carrel, asked } = await serve({
      'GET /v1/browsers/br_1': info('br_1', { status: 'running' }),
      'POST /v1/browsers/br_1/execute': { success: true, message: 'Filled.', url: '', title: '', changes: {} },
    });
    const { exitCode } = await carrel(['exec', 'br_1', 'fill', 'e5', '--ask', 'value'], { text: ' a=b c \nnext' });
    expect(exitCode).toBe(0);
    expect(asked.at(-1)).toEqual(['POST /v1/browsers/br_1/execute', { type: 'fill', ref: 'e5', value: ' a=b c ' }]);
    expect((await carrel(['exec', 'br_1', 'fill', 'e5', '--ask', 'value'])).exitCode).toBe(2);
    expect((await carrel(['exec', 'br_1', '--ask', 'value', '--json-action', '{}'])).exitCode).toBe(2);
  });
});
