// `npm start`: sets up what is missing, starts the server, shows what it does on a small shop of its own, and stays up.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { explain, importFromRoot, inRoot, SetUpProblem, setUp } from './setup.mjs';
import { Terminal } from './terminal.mjs';

const USAGE = `npm start                        set up, start the server, show what it does, stay up until Ctrl-C
npm start -- https://…           open, observe and picture that page too
npm start -- --exit              end after the demonstration: exit code 0 when all went well, else 1

CARREL_PORT (default 7070), CARREL_DATA_DIR (default ~/.carrel) and the other settings of the server apply;
\`npx carrel config\` lists them.

Exit codes: 0 all went well, 1 something failed, 2 wrong usage, or something is to be installed first`;

const DEFAULT_PORT = 7070;
const SHOP_PORT = 7071;

const terminal = new Terminal();
const { version } = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));

function readArguments() {
  const wrong = (message) => new SetUpProblem(`${message}\n\n${USAGE}`, 2);
  let parsed;
  try {
    parsed = parseArgs({ allowPositionals: true, options: { exit: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  } catch (cause) {
    throw wrong(cause.message);
  }
  const { values, positionals } = parsed;
  const [page] = positionals;
  if (positionals.length > 1) throw wrong(`One URL at a time, not ${positionals.length}.`);
  if (page !== undefined && !(URL.canParse(page) && /^https?:$/.test(new URL(page).protocol))) {
    throw wrong(`“${page}” is not a URL. Write it in full, as https://example.com.`);
  }
  return { page, isExit: values.exit === true, isHelp: values.help === true };
}

/** Whether nobody listens there. Another program may come between the answer and its use; then listening fails, and says so. */
async function isFree(host, port) {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
    return true;
  } catch (error) {
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') return false;
    throw error;
  } finally {
    probe.close();
  }
}

/** The port that was asked for, or any free one (0) when another program has it. */
async function choosePort({ host, port }) {
  if (port === 0 || (await isFree(host, port))) return port;
  terminal.note(`Port ${port} is taken by another program`, 'taking a free one');
  return 0;
}

async function startServerHere(ending) {
  const { loadSettings, startServer } = await importFromRoot('packages/server/dist/index.js');
  const { settings } = loadSettings(process.env, process.cwd());
  const env = { ...process.env, CARREL_PORT: String(await choosePort(settings)), CARREL_LOG_LEVEL: process.env.CARREL_LOG_LEVEL || 'warn' };
  const server = await terminal.step('Start the server', async (tell) => {
    const started = await startServer({ env, signal: ending.signal, onFatal: (error) => ending.abort(error) });
    tell(started.url);
    return started;
  });
  const { apiKey } = server;
  return { server, settings, apiKey: apiKey.source === 'file' ? (await readFile(apiKey.path, 'utf8')).trim() : settings.apiKey };
}

async function startShopHere() {
  const { startShop } = await importFromRoot('examples/dist/shop/index.js');
  return terminal.step('Open the shop to browse', async (tell) => {
    const shop = await startShop({ port: (await isFree('127.0.0.1', SHOP_PORT)) ? SHOP_PORT : 0 });
    tell(shop.url);
    return shop;
  });
}

/** The server and the shop, up; `close` ends both, in the reverse order of their start. */
async function open(ending) {
  const started = await startServerHere(ending);
  try {
    const shop = await startShopHere();
    // Pages may reach the public internet only; the shop is on this machine. Exactly it, and only while it is there.
    const allowance = started.server.allowEgress(new URL(shop.url).host);
    return {
      ...started,
      shop,
      close: async () => {
        allowance[Symbol.dispose]();
        await shop.close();
        await terminal.step('Stop the server', () => started.server.close());
      },
    };
  } catch (error) {
    await started.server.close();
    throw error;
  }
}

/** What to put before a command in another terminal, so that it finds this server. */
function prefix({ server, apiKey }) {
  const isDefaultUrl = server.url === `http://127.0.0.1:${DEFAULT_PORT}`;
  const isKeyFound = server.apiKey.source === 'file' && !process.env.CARREL_DATA_DIR;
  return `${isDefaultUrl ? '' : `CARREL_URL=${server.url} `}${isKeyFound ? '' : `CARREL_API_KEY=${apiKey} `}`;
}

async function showNextSteps(up, { browserId, sessionId, visitor }) {
  const { server, shop, settings, apiKey } = up;
  const signInUrl = await server.signInUrl();
  const before = prefix(up);
  terminal.heading('The server stays up', 'Ctrl-C ends it');
  terminal.pairs([
    ['URL', server.url],
    ['Dashboard', signInUrl ?? server.url],
    ['Docs', `${server.url}/docs`],
    ['Key', apiKey],
    ['Data', settings.dataDir],
  ]);
  terminal.heading('Paste one of these into another terminal', `${browserId} is A, still signed in`);
  terminal.line(`    ${before}npx carrel observe ${browserId}`);
  terminal.line(`    ${before}npx carrel exec ${browserId} goto ${shop.url}/books/essays`);
  terminal.line(`    ${before}npx carrel chat --url ${shop.url} --session ${sessionId} --end-user ${visitor}`);
  terminal.line(`    ${before}npx carrel run "Which book is the oldest?" --url ${shop.url}/search`);
  terminal.line(
    `    curl -s -X POST ${server.url}/v1/browsers -H 'Authorization: Bearer ${apiKey}' -H 'content-type: application/json' -d '{}'`,
  );
  terminal.line();
}

/** Shows the main job and a conversation, then the page of the caller's choice. Gives whether all of it went well, and what is left to go on with. */
async function show({ server, shop, apiKey }, { page, isExit }) {
  const { Carrel } = await importFromRoot('packages/sdk/dist/index.js');
  const { converse, demonstrate, visit, VISITOR, DemonstrationFailed } = await importFromRoot('examples/dist/demonstration/index.js');
  const client = new Carrel({ url: server.url, apiKey });
  const artifactsDirectory = relative(process.cwd(), inRoot('artifacts')) || '.';
  const { openBrowserId } = await demonstrate({ client, shopUrl: shop.url, stage: terminal, artifactsDirectory, keepOpen: !isExit });
  const sessionId = await converse({ client, shopUrl: shop.url, stage: terminal, isKept: !isExit });
  const left = { browserId: openBrowserId, sessionId, visitor: VISITOR };
  if (page === undefined) return { isGood: true, ...left };
  try {
    await visit({ client, url: page, stage: terminal, artifactsDirectory });
    return { isGood: true, ...left };
  } catch (error) {
    if (!(error instanceof DemonstrationFailed)) throw error;
    terminal.line(`  ${terminal.paint('red', error.message)}`);
    return { isGood: false, ...left };
  }
}

/** Aborted when somebody asks us to end (asking again ends at once) or the server cannot go on; the reason says which. */
function untilEnd() {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(1);
      ending.abort(signal);
    });
  }
  return ending;
}

async function main() {
  const options = readArguments();
  if (options.isHelp) {
    terminal.line(USAGE);
    return 0;
  }
  terminal.title(`Carrel ${version}`, 'every AI agent gets its own browser');
  terminal.line();
  await setUp(terminal, { kinds: ['headless-shell'], projects: ['packages/cli', 'examples'] });
  const ending = untilEnd();
  const ended = new Promise((resolve) => ending.signal.addEventListener('abort', () => resolve(ending.signal.reason)));
  const up = await open(ending);
  try {
    const shown = await Promise.race([show(up, options), ended]);
    if (ending.signal.aborted) return 1;
    if (options.isExit) return shown.isGood ? 0 : 1;
    await showNextSteps(up, shown);
    const reason = await ended;
    if (!(reason instanceof Error)) return 0;
    terminal.line(`  ${terminal.paint('red', reason.message)}`);
    return 1;
  } finally {
    terminal.line();
    await up.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = explain(terminal, error);
}
