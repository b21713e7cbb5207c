import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CarrelError } from '@carrel/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BrowserRegistry } from '../../browsers/registry.js';
import type { Store } from '../../store/index.js';
import type { NotteAgents, RunningAgent } from '../agents/agents.js';
import { toAgentStatus } from '../agents/routes.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { NotteSessions } from '../sessions/sessions.js';

export interface NotteSocketsOptions {
  readonly agents: NotteAgents;
  readonly sessions: NotteSessions;
  readonly registry: BrowserRegistry;
  readonly store: Store;
}

/** A WebSocket that was admitted: what is to be done with it once it is open. */
export type NotteSocket = (webSocket: WebSocket) => Promise<void>;

const OF_SESSION = /^\/notte\/sessions\/([^/]+)\/debug\/(recording|logs)\/?$/;
const OF_AGENT = /^\/notte\/agents\/([^/]+)\/debug\/logs\/?$/;
/** Clients send nothing but pings and closes. */
const MAX_MESSAGE_BYTES = 16 * 1024;
/** While so much is unsent, pictures are left out; with this much, whoever reads nothing is put out. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const TOO_MANY_BUFFERED_BYTES = 16 * 1024 * 1024;
const WANTS = { maxWidth: 1280, maxHeight: 1280, maxFramesPerSecond: 10, quality: 70 };
const CLOSED = 1000;
const CLOSE_DEADLINE_MS = 2_000;

/** The WebSockets of Notte's clients: the steps of an agent, and what a session shows and does. */
export class NotteSockets {
  readonly #options: NotteSocketsOptions;
  readonly #webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });

  constructor(options: NotteSocketsOptions) {
    this.#options = options;
  }

  /**
   * What a path is for; undefined: it is none of these. Whose page it is that asks has been looked at before.
   * @throws {CarrelError} `unauthorized`, `insufficient_scope`, `not_found`, `browser_not_running`, `browser_elsewhere`
   */
  async admit(url: URL, bearer: string | undefined): Promise<NotteSocket | undefined> {
    const [, agentId] = OF_AGENT.exec(url.pathname) ?? [];
    const [, sessionId, what] = OF_SESSION.exec(url.pathname) ?? [];
    if (agentId === undefined && sessionId === undefined) return undefined;
    const token = url.searchParams.get('token') ?? bearer;
    if (agentId !== undefined) return await this.#ofAgent(agentId, token);
    return await this.#ofSession(sessionId ?? '', what === 'recording' ? 'recording' : 'logs', token);
  }

  accept(socket: NotteSocket, request: IncomingMessage, duplex: Duplex, head: Buffer): void {
    this.#webSockets.handleUpgrade(request, duplex, head, (webSocket) => {
      webSocket.on('error', () => {
        // What is no WebSocket, or too large: it closes by itself, with the code that says so.
      });
      socket(webSocket).catch(() => hangUp(webSocket)); // the browser is ending
    });
  }

  async #ofAgent(id: string, token: string | undefined): Promise<NotteSocket> {
    const { agents } = this.#options;
    const key = await this.#keyOf(token, 'tasks:read');
    const { agent } = await agents.get(key, id);
    return async (webSocket) => {
      const running = agents.running(id);
      for (const step of running?.steps ?? agent.steps) say(webSocket, step);
      if (running !== undefined) await follow(webSocket, running);
      say(webSocket, { status: 'agent_stop', agent: toAgentStatus(await agents.get(key, id)) });
      hangUp(webSocket);
    };
  }

  async #ofSession(id: string, what: 'recording' | 'logs', token: string | undefined): Promise<NotteSocket> {
    const { sessions, store, registry } = this.#options;
    // The token of the browser, which the debug URLs have, or a key.
    const project =
      token !== undefined && store.isCdpToken(id, token) ? await registry.withToken(id) : await this.#keyOf(token, 'browsers:write');
    const session = await sessions.live(project, id);
    return (webSocket) => (what === 'recording' ? showPictures(webSocket, session) : tellHappenings(webSocket, session));
  }

  async #keyOf(secret: string | undefined, scope: 'tasks:read' | 'browsers:write') {
    const key = secret === undefined ? null : await this.#options.store.apiKeys.verify(secret);
    if (key === null) throw new CarrelError('unauthorized', 'Send an API key as ?token=….');
    if (!key.scopes.includes(scope)) throw new CarrelError('insufficient_scope', `This needs an API key with the scope ${scope}.`);
    return key;
  }
}

/** Tells the steps of an agent until it has ended, or whoever listens has gone. */
async function follow(webSocket: WebSocket, { listeners, done }: RunningAgent): Promise<void> {
  const onStep = (step: unknown) => say(webSocket, step);
  listeners.add(onStep);
  webSocket.once('close', () => listeners.delete(onStep));
  await done;
  listeners.delete(onStep);
}

/** Whole JPEGs, as what the session shows changes. */
async function showPictures(webSocket: WebSocket, { browser }: LiveSession): Promise<void> {
  const watching = await browser.engine.screencast.watch({
    isReady: () => webSocket.readyState === webSocket.OPEN && webSocket.bufferedAmount < MAX_BUFFERED_BYTES,
    wants: WANTS,
    onFrame: ({ jpeg }) => {
      // The next one is asked for when this one is on its way.
      webSocket.send(jpeg, () => watching?.ready());
    },
  });
  const end = () => void watching[Symbol.asyncDispose]();
  if (webSocket.readyState === webSocket.OPEN) webSocket.once('close', end);
  else end();
  void browser.engine.ending.then(() => hangUp(webSocket));
}

/** Every observation, result and step from now on. */
async function tellHappenings(webSocket: WebSocket, session: LiveSession): Promise<void> {
  const stop = session.follow((happening) => say(webSocket, happening));
  webSocket.once('close', stop);
  void session.browser.engine.ending.then(() => hangUp(webSocket));
}

function say(webSocket: WebSocket, message: unknown): void {
  if (webSocket.readyState !== webSocket.OPEN) return;
  // It reads nothing of what it is told, which would pile up here.
  if (webSocket.bufferedAmount > TOO_MANY_BUFFERED_BYTES) webSocket.terminate();
  else webSocket.send(JSON.stringify(message));
}

function hangUp(webSocket: WebSocket): void {
  webSocket.close(CLOSED);
  setTimeout(() => webSocket.terminate(), CLOSE_DEADLINE_MS).unref();
}
