import { routes } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { innermost, issueText } from './issue-text.js';

/** What is said of a value: where, and what is taken there. */
function saidOf(schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value, { error: issueText });
  return (error?.issues ?? []).map(innermost).map(({ path, message }) => `${path.join('.')} ${message}`);
}

const URL_EXPECTED = 'must be an absolute URL, beginning with http:// or https://';
const END_USER_EXPECTED = 'must be text without control characters, and without blanks before or behind it';

describe('what is said of a mistake', () => {
  it.each<[object, string]>([
    [{ endUserId: undefined }, 'endUserId must be given'],
    [{ endUserId: '' }, 'endUserId must not be empty'],
    ...['   ', ' ann', 'ann\u00a0', 'an\u0000n', '\u3000'].map((endUserId): [object, string] => [
      { endUserId },
      `endUserId ${END_USER_EXPECTED}`,
    ]),
    [{ task: '' }, 'task must say something'],
    [{ task: 7 }, 'task must be a string'],
    [{ task: 'a'.repeat(32_001) }, 'task must have at most 32000 characters'],
    [{ timeoutMs: 1e9 }, 'timeoutMs must be at most 86400000'],
    [{ timeoutMs: '60' }, 'timeoutMs must be a number'],
    [{ timeoutMs: 1000.5 }, 'timeoutMs must be a whole number'],
    [{ maxCostUsd: 0 }, 'maxCostUsd must be more than 0'],
    [{ schema: [] }, 'schema must be an object'],
    [{ startUrl: 'example.com' }, 'startUrl must be absolute; allowed are http:, https:, data: and blob: URLs and about:blank'],
    [{ sessionId: 'x' }, 'sessionId must be an id like s_…'],
    [{ fallbackModels: Array(6).fill('builtin') }, 'fallbackModels must have at most 5 entries'],
    [{ allowedDomains: [] }, 'allowedDomains must not be empty'],
    [{ proxies: 7 }, 'proxies must be true or false, or a string, or an array'],
    [{ proxies: 'Germany' }, 'proxies must be a country of two letters (ISO 3166-1), such as DE'],
    [{ proxies: [{}] }, 'proxies.0.server must be given'],
    [
      { proxies: [{ server: 'ftp://a' }] },
      'proxies.0.server must be like http://host:port, https://host:port or socks5://host:port, without credentials',
    ],
    [{ onBusy: 'wait' }, 'onBusy must be one of "parallel", "queue", "reject"'],
    [{ screenshots: 'yes' }, 'screenshots must be true or false'],
    [
      { metadata: { ['a'.repeat(65)]: '1' } },
      `metadata.${'a'.repeat(65)} is no name that may be used here: it must have at most 64 characters`,
    ],
  ])('should name the field of a task and what it takes: %j', (change, said) => {
    expect(saidOf(routes.submitTask.body, { endUserId: 'ann', task: 'Go', ...change })).toEqual([said]);
  });

  it.each<[object, string]>([
    [{ logins: {} }, 'logins must be an array'],
    [{ logins: [{ password: 'x' }] }, 'logins.0.domain must be given'],
    [{ logins: [{ domain: 'a.example', password: 7 }] }, 'logins.0.password must be a string'],
    [
      { logins: [{ domain: 'a.example', fields: { '1': 'x' } }] },
      'logins.0.fields.1 is no name that may be used here: it must be of letters, digits, _ and -, and begin with a letter',
    ],
    [{ cookies: [{ name: 'a', value: 'b', url: 'x' }] }, `cookies.0.url ${URL_EXPECTED}`],
    [{ cookies: [{ name: 'a', value: 'b', url: 'https://a', path: 'x' }] }, 'cookies.0.path must begin with "/"'],
    [
      { cookies: [{ name: 'a', value: 'b', url: 'https://a', sameSite: 'lax' }] },
      'cookies.0.sameSite must be one of "Strict", "Lax", "None"',
    ],
  ])('should name what is wrong with credentials, and never a value: %j', (body, said) => {
    expect(saidOf(routes.setCredentials.body, body)).toEqual([said]);
  });

  it.each<[unknown, string]>([
    [{}, 'url must be given'],
    [{ url: 'example.com' }, `url ${URL_EXPECTED}`],
    [{ url: 'ftp://example.com' }, `url ${URL_EXPECTED}`],
    [{ url: 'https://ann@example.com' }, 'url must be without credentials'],
    [{ url: 'https://example.com', events: 'task.completed' }, 'events must be an array'],
    [[], ' must be an object'],
  ])('should name what is wrong with a webhook: %j', (body, said) => {
    expect(saidOf(routes.createWebhook.body, body)).toEqual([said]);
  });

  it('should name the kinds of action, and the limits of a list', () => {
    expect(saidOf(routes.execute.body, { type: 'jump' })).toEqual([expect.stringMatching(/^type must be one of "goto", "back"/)]);
    expect(saidOf(routes.listSessions.query, { limit: '1000' })).toEqual(['limit must be at most 100']);
    expect(saidOf(routes.listSessions.query, { limit: 'all' })).toEqual(['limit must be a number']);
  });
});
