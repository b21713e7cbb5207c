import { CarrelError } from '@carrel/protocol';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { ClientHungUp, installErrors } from './errors.js';

/** The levels of what a server logs that has to answer an error. */
async function levelsOf(error: Error): Promise<string[]> {
  const lines: string[] = [];
  await using app = Fastify({
    logger: { level: 'debug', stream: { write: (line: string) => void lines.push(line) }, formatters: { level: (level) => ({ level }) } },
  });
  installErrors(app);
  app.get('/', () => Promise.reject(error));
  await app.inject('/');
  return lines
    .map((line) => JSON.parse(line))
    .flatMap(({ level, msg }) => (/^(incoming request|request completed)$/.test(msg) ? [] : [level as string]));
}

it.each([
  ['a defect', new Error('something broke'), 'error'],
  ['a defect that is told', new CarrelError('store_unavailable', 'Away.'), 'error'],
  ['a client that has hung up', new ClientHungUp(), 'debug'],
  ['a machine that is overloaded', new CarrelError('overloaded', 'Come back.'), 'debug'],
  ['a server that is closing', new CarrelError('shutting_down', 'Gone.'), 'debug'],
  ['a wrong request', new CarrelError('invalid_request', 'Wrong.'), 'debug'],
])('should log %s as what it is for an operator', async (_, error, level) => {
  expect(await levelsOf(error)).toEqual([level]);
});
