import type { Json } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import { compileSchema } from './schema.js';

const refuses = async (schema: Record<string, Json>, why: RegExp) =>
  expect(compileSchema(schema)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(why) });

describe('a JSON Schema of a caller', () => {
  it('should be obeyed as 2020-12 and as draft 7', async () => {
    const tuple = await compileSchema({ type: 'array', prefixItems: [{ type: 'string', format: 'email' }], unevaluatedItems: false });
    expect(await tuple.errorsOf(['a@example.com'])).toEqual([]);
    expect(await tuple.errorsOf(['nobody', 1])).toEqual([
      expect.stringContaining('/0 must match format "email"'),
      expect.stringContaining('must NOT have more than 1 items'),
    ]);
    const old = await compileSchema({
      $schema: 'http://json-schema.org/draft-07/schema#',
      items: [{ $ref: '#/definitions/name' }],
      definitions: { name: { type: 'string' } },
    });
    expect(await old.errorsOf(['a'])).toEqual([]);
    expect(await old.errorsOf([1])).toEqual([expect.stringContaining('/0 must be string')]);
    expect(await old.errorsOf({ not: 'an array' })).toEqual([]);
  });

  it('should be refused when it is none, refers elsewhere, or is too large', async () => {
    await refuses({ type: 'obj' }, /type must be/);
    await refuses({ $ref: 'https://evil.example/schema.json' }, /can't resolve reference/);
    await refuses({ $schema: 'https://example.com/mine' }, /no schema with key or ref/);
    await refuses({ pattern: '(' }, /regular expression|pattern/i);
    await refuses({ enum: ['x'.repeat(100_000)] }, /more than 100000 characters/);
    let deep: Record<string, Json> = {};
    for (let n = 0; n < 100; n++) deep = { items: deep };
    await refuses(deep, /nested more than 64 deep/);
  });

  it('should not hang what it is used in', async () => {
    const slow = await compileSchema({ type: 'string', pattern: '^(a+)+$' });
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    expect(await slow.errorsOf(`${'a'.repeat(60)}!`)).toEqual([expect.stringContaining('takes longer than')]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });

  it('should be left when whoever asked has gone', async () => {
    const slow = await compileSchema({ type: 'string', pattern: '^(a+)+$' });
    const controller = new AbortController();
    const asked = slow.errorsOf(`${'a'.repeat(60)}!`, controller.signal);
    controller.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
  });

  it('should not be waited for by whoever has gone, nor by more than there is room for', async () => {
    const line = Array.from({ length: 16 }, () => compileSchema({ type: 'string' }));
    await expect(compileSchema({})).rejects.toMatchObject({ code: 'queue_full', details: { retryAfterSeconds: expect.any(Number) } });
    let isChecked = false;
    const all = Promise.all(line).then(() => {
      isChecked = true;
    });
    const controller = new AbortController();
    const waiting = compileSchema({}, controller.signal);
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(isChecked).toBe(false);
    await all;
    await compileSchema({});
  });

  it('should not take time or memory without bounds by references that multiply', async () => {
    const $defs: Record<string, Json> = { d40: { type: 'string' } };
    for (let n = 0; n < 40; n++) $defs[`d${n}`] = { allOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] };
    const checked = compileSchema({ $ref: '#/$defs/d0', $defs }).then((schema) => schema.errorsOf(1));
    const refusal = await checked.then(
      ([error]) => error,
      (error: Error) => error.message,
    );
    expect(refusal).toMatch(/takes (longer|too much)/);
  });
});
