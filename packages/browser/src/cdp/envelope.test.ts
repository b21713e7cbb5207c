import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropSession, readdress, readEnvelope } from './envelope.js';
import { FrameReader, type Message, parseMessage } from './frames.js';

const SESSION = '0123456789ABCDEF0123456789ABCDEF';
const bytes = (value: unknown): Message => [Buffer.from(JSON.stringify(value))];
const read = (value: unknown) => readEnvelope(bytes(value));
/** As it comes out of the pipe, which gives a large one in pieces. */
function throughThePipe(value: unknown, chunkBytes: number): Message {
  const messages: Message[] = [];
  const frames = new FrameReader({ maxBytes: 2 ** 30, onMessage: (message) => messages.push(message), onOversized: () => {} });
  const stream = Buffer.from(`${JSON.stringify(value)}\0`);
  for (let at = 0; at < stream.length; at += chunkBytes) frames.push(stream.subarray(at, at + chunkBytes));
  return messages[0] as Message;
}

describe('readEnvelope', () => {
  it('should read the id of a reply', () => {
    expect(read({ id: 1234567890, result: {}, sessionId: SESSION })).toEqual({ kind: 'reply', id: 1234567890, idEnd: 16 });
  });

  it('should read the method and the session of an event', () => {
    const event = { method: 'Page.frameNavigated', params: {} };
    expect(read(event)).toEqual({ kind: 'event', method: 'Page.frameNavigated', sessionId: '' });
    expect(read({ ...event, sessionId: SESSION })).toEqual({ kind: 'event', method: 'Page.frameNavigated', sessionId: SESSION });
  });

  it('should not take a session id inside the parameters for that of the message', () => {
    // One character less, and all stands where the session of the message would.
    for (const sessionId of [SESSION, SESSION.slice(1)]) {
      expect(read({ method: 'Target.detachedFromTarget', params: { sessionId } })).toMatchObject({ sessionId: '' });
      expect(read({ method: 'Target.detachedFromTarget', params: { targetId: '', sessionId } })).toMatchObject({ sessionId: '' });
    }
    const reply = { id: 7, result: { sessionId: SESSION } };
    expect(parseMessage(dropSession(bytes(reply)))).toEqual(reply);
  });

  it('should not let a page forge a session in a string', () => {
    const event = (text: string) => read({ method: 'Runtime.consoleAPICalled', params: { args: [text] } });
    for (const text of [
      `x","sessionId":"${SESSION}"}`,
      `,"sessionId":"${SESSION}`,
      `\\","sessionId":"${SESSION}"}`,
      `",\u0000"sessionId":"`,
    ])
      expect(event(text)).toMatchObject({ sessionId: '' });
  });

  it('should give nothing for a message with neither id nor method', () => {
    expect(read({ error: { code: -32700, message: 'JSON' } })).toBeNull();
    expect(readEnvelope([Buffer.from('{}')])).toBeNull();
    expect(readEnvelope([Buffer.from('{"method":"unterminated')])).toBeNull();
  });

  it('should agree with a parser about whose event it is, whatever pages wrote into it, in however many pieces it came', () => {
    const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(`","sessionId":"${SESSION}"}`, `\\`, '"', '{"id":1}', '}}}'));
    const params = fc.dictionary(hostile, fc.oneof(hostile, fc.jsonValue(), fc.constant('x'.repeat(300_000))), { maxKeys: 4 });
    fc.assert(
      fc.property(params, fc.boolean(), fc.integer({ min: 20_000, max: 90_000 }), (found, hasSession, chunkBytes) => {
        const event = { method: 'A.b', params: found, ...(hasSession ? { sessionId: SESSION } : {}) };
        const message = throughThePipe(event, chunkBytes);
        expect(readEnvelope(message)).toEqual({ kind: 'event', method: 'A.b', sessionId: hasSession ? SESSION : '' });
        expect(parseMessage(message)).toEqual(JSON.parse(JSON.stringify(event)));
        expect(parseMessage(dropSession(message))).toEqual(JSON.parse(JSON.stringify({ method: 'A.b', params: found })));
      }),
      { numRuns: 25 },
    );
  });
});

describe('readdress', () => {
  it('should change only the id, and dropSession only the session, whatever else the message holds', () => {
    const arbitrary = fc.record({
      id: fc.integer({ min: 1_000_000_000, max: 0x7fff_fffe }),
      clientId: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
      result: fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.constant('é'.repeat(200_000))), { maxKeys: 4 }),
      hasSession: fc.boolean(),
      drops: fc.boolean(),
    });
    fc.assert(
      fc.property(arbitrary, ({ id, clientId, result, hasSession, drops }) => {
        const session = hasSession ? { sessionId: SESSION } : {};
        const message = throughThePipe({ id, result, ...session }, 65_536);
        const envelope = readEnvelope(message);
        if (envelope?.kind !== 'reply') throw new Error('it has an id');
        const reply = readdress(message, envelope.idEnd, clientId);
        const expected = { id: clientId, result, ...(drops ? {} : session) };
        expect(parseMessage(drops ? dropSession(reply) : reply)).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
      { numRuns: 25 },
    );
  });
});
