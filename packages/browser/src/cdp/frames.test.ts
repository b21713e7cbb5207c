import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frames.js';

function readAll(chunks: Buffer[], maxBytes = 1_000_000) {
  const messages: string[] = [];
  const oversized: string[] = [];
  const reader = new FrameReader({
    maxBytes,
    onMessage: (message) => messages.push(Buffer.concat(message).toString()),
    onOversized: (start) => oversized.push(start.toString()),
  });
  for (const chunk of chunks) reader.push(chunk);
  return { messages, oversized };
}

describe('FrameReader', () => {
  it('should give the same messages however the stream is cut', () => {
    const text = fc.string({ minLength: 1 }).map((value) => value.replaceAll('\0', ' '));
    fc.assert(
      fc.property(fc.array(text), fc.array(fc.nat(50)), (messages, cuts) => {
        const stream = Buffer.from(messages.map((message) => `${message}\0`).join(''));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          chunks.push(stream.subarray(at, at + cut));
          at += cut;
        }
        expect(readAll(chunks).messages).toEqual(messages);
      }),
    );
  });

  it('should skip a message over the cap, say how it began, and go on with the next', () => {
    const { messages, oversized } = readAll(
      [Buffer.from(`{"id":1,"result":"${'x'.repeat(50)}`), Buffer.from(`${'x'.repeat(50)}"}\0{"id":2}\0`)],
      40,
    );
    expect(messages).toEqual(['{"id":2}']);
    expect(oversized).toHaveLength(1);
    expect(oversized[0]).toMatch(/^\{"id":1,/);
  });

  it('should copy nothing of a large message but its two ends', () => {
    const chunks = Array.from({ length: 100 }, () => Buffer.alloc(65_536, 'x'));
    const pieces: Buffer[] = [];
    const reader = new FrameReader({ maxBytes: 2 ** 24, onMessage: (message) => pieces.push(...message), onOversized: () => {} });
    for (const chunk of [...chunks, Buffer.from('\0')]) reader.push(chunk);
    expect(pieces.reduce((sum, { length }) => sum + length, 0)).toBe(100 * 65_536);
    const memory = new Set<ArrayBufferLike>(chunks.map(({ buffer }) => buffer));
    const copied = pieces.filter(({ buffer }) => !memory.has(buffer));
    expect(copied.map(({ length }) => length)).toEqual([1024, 1024]);
  });
});
