import { fileURLToPath } from 'node:url';
import { run } from '../../../scripts/command.mjs';
import { pythonEnvironment } from '../../../scripts/python/environment.mjs';
import type { Surroundings } from './fixtures.js';

const SOURCES = fileURLToPath(new URL('../../../python/src', import.meta.url));
const TIMEOUT_MS = 60_000;

/** What blocks use without having made it, each made only where it is used. */
const GIVEN: Readonly<Record<string, string>> = {
  client: 'client = Carrel()',
  browser: 'browser = client.browsers.open()',
  first: `first = client.tasks.submit(end_user_id="u_1", task="Say nothing")`,
  profile: `profile = client.profiles.create(name="given")`,
  password: `password = "correct horse battery"`,
};

/** The Python that the tests of the client use; undefined: this machine has none. */
export const python = await pythonEnvironment();

/** Runs a block of Python, as a program of its own. */
export async function runPython(
  code: string,
  { server }: Surroundings,
  { python: interpreter, directory }: NonNullable<typeof python>,
): Promise<void> {
  const given = Object.entries(GIVEN).filter(
    ([name]) => new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`^(async )?(with .* as ${name}:|${name} =)`, 'm').test(code),
  );
  // Whoever follows a log reads until the browser has ended.
  const ended = code.includes('follow=True') ? ['browser.close()'] : [];
  const needed = given.some(([name]) => ['browser', 'first', 'profile'].includes(name)) ? ['client = Carrel()'] : [];
  const program = ['from carrel import *', ...needed, ...given.map(([, line]) => line), ...ended, code].join('\n');
  await run([interpreter, '-c', program], {
    env: {
      ...process.env,
      PYTHONPATH: SOURCES,
      PYTHONPYCACHEPREFIX: `${directory}/pycache`,
      CARREL_URL: server.url,
      CARREL_API_KEY: server.apiKey,
    },
    timeoutMs: TIMEOUT_MS,
  });
}
