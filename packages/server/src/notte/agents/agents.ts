import { compileSchema, type Model, runTurn, TurnEnded, type TurnEvent, type TurnOptions, type TurnOutcome } from '@carrel/agent';
import { CarrelError, type Json, newId, taskId } from '@carrel/protocol';
import type { Logger } from 'pino';
import { z } from 'zod';
import { givenUpNotice } from '../../captchas/index.js';
import type { Control } from '../../live/index.js';
import type { AgentRow, Store, StoredAgent, VerifiedKey } from '../../store/index.js';
import { withScheme } from '../page/with-scheme.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { NotteSessions } from '../sessions/sessions.js';
import { NotSupported } from '../wire/errors.js';
import { type Completion, toCompletion } from './completion.js';
import type { Models } from './models.js';

/** The body of `POST /agents/start`. */
export const agentStart = z.object({
  task: z.string().trim().min(1).max(32_000),
  session_id: z.string(),
  url: z.string().max(65_536).nullish(),
  response_format: z.record(z.string(), z.unknown()).nullish(),
  reasoning_model: z.string().max(255).nullish(),
  max_steps: z.number().int().min(1).max(150).default(20),
  vault_id: z.string().nullish(),
  persona_id: z.string().nullish(),
  notifier_config: z.record(z.string(), z.unknown()).nullish(),
});
export type AgentStart = z.output<typeof agentStart>;

export interface AgentsOptions {
  readonly store: Store;
  readonly sessions: NotteSessions;
  readonly models: Models;
  readonly control: Pick<Control, 'holderOf' | 'untilFree'>;
  readonly priceOf: TurnOptions['priceOf'];
  readonly logger: Logger;
}

/** Node's timers hold no longer delay. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const STOPPED: TurnOutcome = { stopReason: 'cancelled', result: null, failure: null };
const BROWSER_ENDED: TurnOutcome = {
  stopReason: 'error',
  result: null,
  failure: { code: 'browser_failed', message: 'The session ended while the agent worked in it.' },
};

/** An agent that works on this server. */
export interface RunningAgent {
  readonly row: AgentRow;
  readonly steps: Completion[];
  /** Hears of each step from now on. */
  readonly listeners: Set<(step: Completion) => void>;
  readonly done: Promise<void>;
  readonly stop: (outcome: TurnOutcome) => void;
}

/** Carrel's agent in the sessions of Notte's clients: one at a time in each, in the browser that its caller has. */
export class NotteAgents {
  readonly #options: AgentsOptions;
  readonly #running = new Map<string, RunningAgent>();

  constructor(options: AgentsOptions) {
    this.#options = options;
  }

  /** @throws {CarrelError} `not_found`, `browser_not_running`, `conflict`, `model_not_configured`, `invalid_request`; {NotSupported} */
  async start(caller: VerifiedKey, request: AgentStart): Promise<AgentRow> {
    const { store, sessions, models } = this.#options;
    const session = await sessions.live(caller, request.session_id);
    refuseUnsupported(request, session);
    const model = await models.named(caller.projectId, request.reasoning_model);
    if (request.response_format) await compileSchema(request.response_format as Record<string, Json>);
    if (session.agentId !== undefined) {
      throw new CarrelError('conflict', `Agent ${session.agentId} works in this session: wait for it, or stop it.`);
    }
    const row: AgentRow = {
      id: newId('task'),
      projectId: caller.projectId,
      browserId: session.browser.id,
      task: request.task,
      url: request.url ?? null,
      createdAt: new Date(),
      ...{ closedAt: null, success: null, answer: null, steps: [] },
    };
    session.agentId = row.id;
    try {
      await store.notteAgents.create(row);
    } catch (error) {
      session.agentId = undefined;
      throw error;
    }
    this.#begin(row, session, model, request);
    return row;
  }

  /** @throws {CarrelError} `not_found` */
  async get({ projectId }: Pick<VerifiedKey, 'projectId'>, id: string): Promise<StoredAgent> {
    const found = taskId.safeParse(id).success ? await this.#options.store.notteAgents.find(projectId, id) : null;
    if (found === null) throw new CarrelError('not_found', 'There is no such agent in this project.');
    return found;
  }

  /** One that works on this server; undefined: it does not. */
  running(id: string): RunningAgent | undefined {
    return this.#running.get(id);
  }

  /** Ends it; one that has ended stays as it is. @throws {CarrelError} `not_found`, `browser_elsewhere` */
  async stop(caller: VerifiedKey, id: string): Promise<StoredAgent> {
    const { agent } = await this.get(caller, id);
    const running = this.#running.get(id);
    if (running === undefined && isOpen(await this.get(caller, id))) await this.#options.sessions.live(caller, agent.browserId); // elsewhere
    running?.stop(STOPPED);
    await running?.done;
    return await this.get(caller, id);
  }

  /** Ends all, and waits until that is written. */
  async drain(): Promise<void> {
    const all = [...this.#running.values()];
    for (const { stop } of all) stop(BROWSER_ENDED);
    await Promise.all(all.map(({ done }) => done));
  }

  #begin(row: AgentRow, session: LiveSession, model: Model, request: AgentStart): void {
    const ending = new AbortController();
    const steps: Completion[] = [];
    const listeners: RunningAgent['listeners'] = new Set();
    const stop = (outcome: TurnOutcome) => ending.abort(new TurnEnded(outcome));
    void session.browser.engine.ending.then(() => stop(BROWSER_ENDED));
    const turn = this.#turnOf(session, model, request, {
      signal: ending.signal,
      onStep: async (step) => {
        steps.push(step);
        await this.#options.store.notteAgents.change(row.id, { steps });
        for (const listener of listeners) listener(step);
        session.tell('agent_completion', step);
      },
    });
    const done = this.#run(row, session, request, turn).finally(() => {
      this.#running.delete(row.id);
      session.agentId = undefined;
    });
    this.#running.set(row.id, { row, steps, listeners, done, stop });
  }

  async #run(row: AgentRow, session: LiveSession, request: AgentStart, turn: TurnOptions): Promise<void> {
    const { store, logger } = this.#options;
    let outcome: TurnOutcome;
    try {
      outcome = (await openStart(request, session, turn)) ?? (await runTurn(turn));
    } catch (error) {
      const { reason } = turn.signal;
      if (reason instanceof TurnEnded) outcome = reason.outcome;
      else {
        logger.error({ err: error, agentId: row.id }, 'an agent failed for a defect');
        const message = `Something went wrong in the server. Its log has the details under ${row.id}.`;
        outcome = { stopReason: 'error', result: null, failure: { code: 'internal', message } };
      }
    }
    const redact = <T>(value: T): T => session.vault?.credentials.redact(value) ?? value;
    const answer = redact(answerOf(outcome));
    try {
      await store.notteAgents.change(row.id, { closedAt: new Date(), success: outcome.stopReason === 'done', answer });
    } catch (error) {
      logger.error({ err: error, agentId: row.id }, 'what came of an agent could not be written');
    }
  }

  #turnOf(
    session: LiveSession,
    model: Model,
    request: AgentStart,
    { signal, onStep }: { signal: AbortSignal; onStep: (step: Completion) => Promise<void> },
  ): TurnOptions {
    const { control, priceOf } = this.#options;
    const { browser, vault, agentPage: page } = session;
    const calls: Extract<TurnEvent, { type: 'tool.called' }>['data'][] = [];
    const onEvent = async (event: TurnEvent) => {
      browser.engine.touch();
      if (event.type === 'tool.called') calls.push(event.data);
      if (event.type !== 'step.finished') return;
      const step = toCompletion(event.data, calls.splice(0));
      await onStep(vault?.credentials.redact(step) ?? step);
    };
    return {
      brief: {
        task: request.task,
        startUrl: request.url ?? null,
        schema: (request.response_format ?? null) as Record<string, Json> | null,
        allowedDomains: null,
        previousContext: null,
        previousError: [],
        credentials: vault?.credentials.aliases ?? [],
        today: new Date().toISOString().slice(0, 10),
        canAskHuman: false,
      },
      models: [model],
      page,
      maxSteps: request.max_steps,
      maxCostUsd: null,
      usageBefore: [],
      priceOf,
      screenshots: false,
      onEvent,
      onFirstAction: async () => {},
      whenNotPaused: async (stop) => {
        while (control.holderOf(browser.id) !== undefined) await control.untilFree(browser.id, MAX_TIMER_MS, stop);
        return givenUpNotice((await browser.captchas?.whenUnattended(({ over }) => over, stop)) ?? null);
      },
      // It is not offered: the brief says so.
      askHuman: () => Promise.reject(new CarrelError('internal', 'An agent in a session asked a person.')),
      signal,
    };
  }
}

function refuseUnsupported(request: AgentStart, { vault }: LiveSession): void {
  if (request.persona_id)
    throw new NotSupported('There are no personas here: give the session a vault (vault_id) with what the agent signs in with.');
  if (request.notifier_config && Object.keys(request.notifier_config).length > 0) {
    throw new NotSupported('notifier_config is not taken: wait for the agent, or follow its log.');
  }
  if (request.vault_id && request.vault_id !== vault?.id) {
    throw new NotSupported(
      'An agent uses a vault only in a session that was started with it, where nobody can read out what is filled in: client.Session(vault_id=…).',
    );
  }
}

/** Goes to where the agent is to begin. @returns why it cannot begin there; undefined: it does */
async function openStart({ url }: AgentStart, { page }: LiveSession, { signal }: TurnOptions): Promise<TurnOutcome | undefined> {
  if (!url) return undefined;
  const { failure, message } = await page.execute({ type: 'goto', url: withScheme(url), waitUntil: 'load' }, signal);
  // One that is only slow may be of use all the same.
  if (failure === undefined || failure === 'timeout') return undefined;
  return { stopReason: 'error', result: null, failure: { code: 'start_url_failed', message } };
}

function answerOf({ stopReason, result, failure }: TurnOutcome): string {
  if (failure !== null) return failure.message;
  if (stopReason === 'cancelled') return 'The agent was stopped.';
  return typeof result === 'string' ? result : JSON.stringify(result);
}

/** Whether it works, as far as can be told: its browser may have ended with its server. */
export const isOpen = ({ agent, browserEndedAt }: StoredAgent): boolean => agent.closedAt === null && browserEndedAt === null;
