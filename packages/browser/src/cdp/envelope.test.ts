import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readdress, readEnvelope } from './envelope.js';

const SESSION = '0123456789ABCDEF0123456789ABCDEF';
const read = (value: unknown) => readEnvelope(Buffer.from(JSON.stringify(value)));

/** What the slow way makes of a message. */
function rewritten(message: Record<string, unknown>, clientId: number, dropSession: boolean): unknown {
  const copy = { ...message };
  if ('id' in copy) copy.id = clientId;
  if (dropSession) delete copy.sessionId;
  return copy;
}

describe('readEnvelope', () => {
  it('should read the id and the session of a reply', () => {
    expect(read({ id: 1234567890, result: {}, sessionId: SESSION })).toMatchObject({ id: 1234567890, method: '', sessionId: SESSION });
  });

  it('should read the method of an event', () => {
    expect(read({ method: 'Page.frameNavigated', params: {} })).toMatchObject({ id: -1, method: 'Page.frameNavigated', sessionId: '' });
  });

  it('should not take a session id inside the parameters for that of the message', () => {
    expect(read({ method: 'Target.detachedFromTarget', params: { sessionId: SESSION } })?.sessionId).toBe('');
    expect(read({ id: 7, result: { sessionId: SESSION } })?.sessionId).toBe('');
  });

  it('should not let a page forge a session in a string', () => {
    const forged = `x","sessionId":"${SESSION}"}`;
    expect(read({ method: 'Runtime.consoleAPICalled', params: { args: [forged] } })?.sessionId).toBe('');
    expect(read({ id: 1, result: { value: `,"sessionId":"${SESSION}` } })?.sessionId).toBe('');
  });

  it('should give nothing for a message with neither id nor method', () => {
    expect(read({ error: { code: -32700, message: 'JSON' } })).toBeNull();
    expect(readEnvelope(Buffer.from('{}'))).toBeNull();
    expect(readEnvelope(Buffer.from('{"method":"unterminated'))).toBeNull();
  });
});

describe('readdress', () => {
  it('should change only the id and the session, whatever else the message holds', () => {
    const ids = fc.integer({ min: 1_000_000_000, max: 0x7fff_fffe });
    const clientIds = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
    const arbitrary = fc.record({
      id: ids,
      clientId: clientIds,
      result: fc.dictionary(fc.string(), fc.jsonValue()),
      hasSession: fc.boolean(),
      drop: fc.boolean(),
    });
    fc.assert(
      fc.property(arbitrary, ({ id, clientId, result, hasSession, drop }) => {
        const message = { id, result, ...(hasSession ? { sessionId: SESSION } : {}) };
        const buffer = Buffer.from(JSON.stringify(message));
        const envelope = readEnvelope(buffer);
        if (envelope === null) throw new Error('it has an id');
        expect(JSON.parse(readdress(buffer, envelope, clientId, drop).toString())).toEqual(
          JSON.parse(JSON.stringify(rewritten(message, clientId, drop))),
        );
      }),
    );
  });

  it('should leave an event as it is but for its session', () => {
    const buffer = Buffer.from(JSON.stringify({ method: 'A.b', params: { c: 'é' }, sessionId: SESSION }));
    const envelope = readEnvelope(buffer);
    if (envelope === null) throw new Error('it has a method');
    expect(JSON.parse(readdress(buffer, envelope, 0, true).toString())).toEqual({ method: 'A.b', params: { c: 'é' } });
  });
});
