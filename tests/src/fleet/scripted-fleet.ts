import { routes, type SubmitTaskInput } from '@carrel/protocol';
import { type ChatRequest, type ScriptedAnswer, startScriptedServer } from '../../../packages/agent/src/testing/scripted-server.js';
import { taskOf } from '../conversations/deployment.js';
import { type Api, newProject } from '../running/api.js';
import { type Member, TestFleet } from './fleet.js';

/** What the model answers whenever it is asked in a turn. */
export type Behaviour = (request: ChatRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** Three servers, and a model that does at each task what the test says. */
export class ScriptedFleet implements AsyncDisposable {
  readonly #resources: AsyncDisposable[];
  readonly #behaviours: Map<string, Behaviour>;
  readonly fleet: TestFleet;
  /** The last may be killed, and another put in its place. */
  readonly members: [Member, Member, Member];

  private constructor(
    resources: AsyncDisposable[],
    behaviours: Map<string, Behaviour>,
    fleet: TestFleet,
    members: [Member, Member, Member],
  ) {
    this.#resources = resources;
    this.#behaviours = behaviours;
    this.fleet = fleet;
    this.members = members;
  }

  /** @param taskWorkers how many turns each server runs at once */
  static async start(taskWorkers: number): Promise<ScriptedFleet> {
    const behaviours = new Map<string, Behaviour>();
    const model = await startScriptedServer((request) => behaviours.get(taskOf(request))?.(request) ?? { text: 'Nobody said what to do.' });
    const fleet = await TestFleet.start({
      CARREL_MODEL: 'openai-compatible/scripted',
      CARREL_MODEL_BASE_URL: model.baseUrl,
      CARREL_TASK_WORKERS: String(taskWorkers),
    });
    try {
      const members = [await fleet.add(), ...(await Promise.all([fleet.add(), fleet.add()]))] as [Member, Member, Member];
      return new ScriptedFleet([model, fleet], behaviours, fleet, members);
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A project, as each of the servers knows it. */
  async project(maxTasks: number): Promise<{ id: string; key: string; apis: [Api, Api, Api] }> {
    const [first] = this.members;
    const { id, key } = await newProject(first.api, maxTasks + 10);
    await first.api.must(routes.updateProject, { params: { id }, body: { maxTasks } });
    return { id, key, apis: this.members.map((member) => member.api.as(key)) as [Api, Api, Api] };
  }

  /** Says what the model is to do at a task that nobody else has, and submits it. @returns its id */
  async submit(api: Api, task: string, behaviour: Behaviour, request: Partial<SubmitTaskInput> = {}): Promise<string> {
    this.#behaviours.set(task, behaviour);
    return (await api.must(routes.submitTask, { body: { endUserId: 'ann', ...request, task } })).taskId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#resources.toReversed()) await resource[Symbol.asyncDispose]();
  }
}

/** Lets everybody through, or holds them, and knows whom. */
export class Gate {
  readonly held = new Set<string>();
  #passed: Promise<void> = Promise.resolve();
  #open: () => void = () => {};

  close(): void {
    this.#passed = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }

  /** Resolves when the gate is open, or when it is not waited for any more. */
  async pass(who: string, { gone }: Pick<ChatRequest, 'gone'>): Promise<void> {
    this.held.add(who);
    await Promise.race([this.#passed, gone]);
    this.held.delete(who);
  }
}
