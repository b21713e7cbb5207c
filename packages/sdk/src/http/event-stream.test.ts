import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStreamParser } from './event-stream.js';

const encode = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => new EventStreamParser().push(encode(text));

describe('EventStreamParser', () => {
  it('should read id, type and data', () => {
    expect(parse('id: 7\nevent: tab.opened\ndata: {"a":1}\n\n')).toEqual([{ type: 'tab.opened', data: '{"a":1}', lastEventId: '7' }]);
  });

  it('should join several lines of data, and drop one space only', () => {
    expect(parse('data: a\ndata:  b\ndata\n\n')).toEqual([{ type: 'message', data: 'a\n b\n', lastEventId: '' }]);
  });

  it('should pass over comments, unknown fields and events without data', () => {
    expect(parse(': heartbeat\n\nevent: nothing\n\nfoo: bar\ndata: x\n\n')).toEqual([{ type: 'message', data: 'x', lastEventId: '' }]);
  });

  it('should remember the last id for events without one', () => {
    expect(parse('id: 3\ndata: a\n\ndata: b\n\n').map((event) => event.lastEventId)).toEqual(['3', '3']);
  });

  it('should learn how long to wait before connecting again', () => {
    const parser = new EventStreamParser();
    parser.push(encode('retry: 1500\n\nretry: soon\n\n'));
    expect(parser.retryMs).toBe(1500);
  });

  it('should keep an unfinished event to itself', () => {
    expect(parse('data: whole\n\ndata: half\n')).toHaveLength(1);
  });

  it('should give the same events however the stream is cut, with every kind of line end', () => {
    const text = '\ufeff: hi\nid: 1\ndata: é–字😀\n\nevent: x\ndata: 1\ndata: 2\n\n';
    const whole = parse(text);
    expect(whole).toHaveLength(2);
    fc.assert(
      fc.property(fc.constantFrom('\n', '\r', '\r\n'), fc.array(fc.nat(60), { maxLength: 20 }), (lineEnd, cuts) => {
        const bytes = encode(text.replaceAll('\n', lineEnd));
        const parser = new EventStreamParser();
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const events = at.slice(1).flatMap((end, index) => parser.push(bytes.slice(at[index], end)));
        // A lone CR at the very end may yet become a CR LF.
        events.push(...parser.push(encode(':\n')));
        expect(events).toEqual(whole);
      }),
    );
  });
});
