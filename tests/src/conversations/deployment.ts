import { setTimeout as delay } from 'node:timers/promises';
import { routes, type SubmitTaskInput, type Task, type TaskEvent } from '@carrel/protocol';
import {
  answering,
  type ChatRequest,
  calling,
  type ScriptedAnswer,
  type ScriptedServer,
  startScriptedServer,
} from '../../../packages/agent/src/testing/scripted-server.js';
import { Api } from '../running/api.js';
import { startTestServer } from '../running/server-and-site.js';

export { answering, calling };

/** A server, wherever it runs. */
type AnyServer = AsyncDisposable & Record<'url' | 'apiKey', string>;

/** What the model does at each step of one turn; the last again and again. */
export type Steps = readonly (ScriptedAnswer | ((request: ChatRequest) => ScriptedAnswer | Promise<ScriptedAnswer>))[];

const ENDS = ['completed', 'failed', 'cancelled'];
const PATIENCE_MS = 40_000;
const LOOK_MS = 30;

/** A server, and a language model that does at each task what the test says. */
export class Conversations implements AsyncDisposable {
  readonly server: AnyServer;
  readonly api: Api;
  readonly #model: ScriptedServer;
  readonly #scripts: Map<string, Steps>;
  #count = 0;

  private constructor(server: AnyServer, model: ScriptedServer, scripts: Map<string, Steps>) {
    this.server = server;
    this.api = new Api(server.url, server.apiKey);
    this.#model = model;
    this.#scripts = scripts;
  }

  static async start(
    env: NodeJS.ProcessEnv = {},
    startServer: (env: NodeJS.ProcessEnv) => Promise<AnyServer> = startTestServer,
  ): Promise<Conversations> {
    const scripts = new Map<string, Steps>();
    const counts = new Map<string, number>();
    const model = await startScriptedServer((request) => {
      const task = taskOf(request);
      const steps = scripts.get(task) ?? [answering('Nobody said what to do.')];
      const n = counts.get(task) ?? 0;
      counts.set(task, n + 1);
      const next = steps[Math.min(n, steps.length - 1)] ?? answering('');
      return typeof next === 'function' ? next(request) : next;
    });
    const settings = { CARREL_MODEL: 'openai-compatible/scripted', CARREL_MODEL_BASE_URL: model.baseUrl };
    const server = await startServer({ ...settings, ...env });
    return new Conversations(server, model, scripts);
  }

  /** Says what the model is to do at a task that nobody else has, and submits it. */
  async submit(steps: Steps, request: Partial<SubmitTaskInput> = {}, api = this.api): Promise<string> {
    return (await this.submitted(steps, request, api)).taskId;
  }

  async submitted(steps: Steps, request: Partial<SubmitTaskInput> = {}, api = this.api) {
    const task = request.task ?? `Task number ${++this.#count} of ${process.pid}.`;
    this.#scripts.set(task, steps);
    return api.must(routes.submitTask, { body: { endUserId: 'ann', ...request, task } });
  }

  /** The same, and waits for its end. */
  async run(steps: Steps, request: Partial<SubmitTaskInput> = {}, api = this.api): Promise<Task> {
    return this.ended(await this.submit(steps, request, api), api);
  }

  async get(taskId: string, api = this.api): Promise<Task> {
    return api.must(routes.getTask, { params: { id: taskId }, query: { include: 'context' } });
  }

  /** The task, when it is as wanted. */
  async until(taskId: string, isSo: (task: Task) => boolean, api = this.api): Promise<Task> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const task = await this.get(taskId, api);
      if (isSo(task)) return task;
      if (Date.now() > deadline || ENDS.includes(task.status)) throw new Error(`not as wanted: ${JSON.stringify(task)}`);
      await delay(LOOK_MS);
    }
  }

  ended(taskId: string, api = this.api): Promise<Task> {
    return this.until(taskId, ({ status }) => ENDS.includes(status), api);
  }

  /** What the model was really asked in a turn. */
  async asked({ task }: Pick<Task, 'task'>): Promise<ChatRequest[]> {
    return this.#model.requests.filter((request) => taskOf(request) === task);
  }

  /** All that the model was ever told. */
  get allAsked(): string {
    return JSON.stringify(this.#model.requests.map(({ body }) => body));
  }

  async log(taskId: string): Promise<TaskEvent[]> {
    return (await this.api.must(routes.listTaskEvents, { params: { id: taskId }, query: { limit: 1000 } })).data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.#model[Symbol.asyncDispose]();
  }
}

/** The system prompt names the task. */
export const taskOf = ({ system }: ChatRequest): string => /^# The task\n(.*)$/m.exec(system)?.[1] ?? '';
