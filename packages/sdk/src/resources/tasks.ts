import { CarrelConnectionError, CarrelTaskError, CarrelTimeoutError } from '../errors.js';
import { Deadline, eitherSignal, pause } from '../http/deadline.js';
import { mayRetry } from '../http/retry.js';
import { type CallOptions, type CreateOptions, newIdempotencyKey, type Request, Transport } from '../http/transport.js';
import type {
  ListTasksQuery,
  ResumeTaskRequest,
  StepSummary,
  SubmitTaskRequest,
  SubmittedTask,
  Task,
  TaskEvent,
  TaskList,
  TaskStatus,
} from '../types.js';
import { type EventLog, type EventsOptions, eventsOf } from './event-log.js';
import { PageList } from './page-list.js';

export interface WaitOptions {
  /** Called with each line of the task's log, from its first on; the next one waits for what it returns. */
  onEvent?: (event: TaskEvent) => void | Promise<void>;
  /** The same of each step that is done. */
  onStep?: (step: StepSummary) => void | Promise<void>;
  /** Ends the waiting; its reason is thrown. */
  signal?: AbortSignal;
  /** How long to wait at most. Default: until the task has ended, which its own `timeoutMs` sees to. */
  timeoutMs?: number;
  /** How often to try again a call that the server did not answer. Default 5. */
  maxRetries?: number;
}

export interface RunOptions extends WaitOptions {
  /** Cancels the task; its reason is thrown. */
  signal?: AbortSignal;
  /** How long it may take in all, waiting for a worker and for people included; then it is cancelled. Default: as long as it takes. */
  timeoutMs?: number;
  /** As `submit` takes it. */
  idempotencyKey?: string;
}

const ENDS: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled']);
const LAST_EVENTS: ReadonlySet<string> = new Set(['task.completed', 'task.failed', 'task.cancelled']);
const POLL_INTERVAL_MS = 1_000;
/** A server says something every 15 s; a proxy that keeps that back is asked past. */
const SILENCE_TIMEOUT_MS = 35_000;
const WAIT_MAX_RETRIES = 5;
const CANCEL_TIMEOUT_MS = 10_000;

/** Whether a task is over: completed, failed or cancelled. */
export const isTerminal = ({ status }: Pick<Task, 'status'>): boolean => ENDS.has(status);

/**
 * The result of a task that has completed.
 *
 * @throws CarrelTaskError when it failed, was cancelled or has not ended
 * @example
 * const schema = { type: 'object', properties: { cheapest: { type: 'string' } }, required: ['cheapest'] };
 * const { cheapest } = resultOf(await client.tasks.run<{ cheapest: string }>({ endUserId: 'ann', task, schema }));
 */
export function resultOf<Result>(task: Task<Result>): Result {
  if (task.status === 'completed') return task.result as Result;
  throw new CarrelTaskError(task);
}

/**
 * Tasks: turns of conversations. Each is done by a fresh agent in a fresh browser, which knows the result of the turn before, what went
 * wrong in earlier ones, and the end user's credentials and signed-in state; nothing else.
 *
 * @example
 * const first = await client.tasks.run({ endUserId: 'ann', task: 'Which books are on sale?', startUrl: 'https://shop.example' });
 * const second = await client.tasks.run({ endUserId: 'ann', sessionId: first.sessionId, task: 'Which of those is the cheapest?' });
 * console.log(second.status, second.result);
 */
export class Tasks {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Submits a task and waits for its end, whatever that is: look at `status`, or take the result with `resultOf`. A broken connection does
   * not end the waiting, and where streams do not come through it asks again and again. While the task is paused with a question to a
   * person (`onEvent` tells of `human.asked`) it goes on waiting: answer with `resume`.
   *
   * When the waiting is given up, by `signal` or `timeoutMs`, the task is cancelled.
   *
   * @throws CarrelTimeoutError when `timeoutMs` is over
   * @example
   * const task = await client.tasks.run({ endUserId: 'ann', task: 'Find the postage to Japan', startUrl }, { onStep: ({ msg }) => console.log(msg) });
   */
  async run<Result = unknown>(request: SubmitTaskRequest, options: RunOptions = {}): Promise<Task<Result>> {
    const { idempotencyKey, timeoutMs, signal, ...rest } = options;
    const wait = this.#deadline(timeoutMs, signal, `The task did not end within ${timeoutMs} ms, and was cancelled.`);
    try {
      // Not given up in the midst: nobody would know the task that may have come of it.
      const { taskId } = await this.submit(request, idempotencyKey === undefined ? {} : { idempotencyKey });
      try {
        return await this.wait<Result>(taskId, { ...rest, ...(wait.signal && { signal: wait.signal }) });
      } catch (error) {
        // That it cannot be cancelled either says less than the reason to give it up.
        if (wait.signal?.aborted) await this.cancel(taskId, { timeoutMs: CANCEL_TIMEOUT_MS }).catch(() => undefined);
        throw error;
      }
    } finally {
      wait.dispose();
    }
  }

  /** Submits a task, and does not wait for it. Retried safely: an idempotency key is made when none is given. */
  submit(request: SubmitTaskRequest, options: CreateOptions = {}): Promise<SubmittedTask> {
    const idempotencyKey = options.idempotencyKey ?? newIdempotencyKey();
    return this.#transport.json<SubmittedTask>({ method: 'POST', path: '/v1/tasks', json: request, idempotencyKey }, options);
  }

  /** Waits for the end of a task that was submitted before, and gives it. Giving the waiting up leaves the task as it is. */
  async wait<Result = unknown>(id: string, options: WaitOptions = {}): Promise<Task<Result>> {
    const { timeoutMs, maxRetries = WAIT_MAX_RETRIES } = options;
    const deadline = this.#deadline(timeoutMs, options.signal, `${id} did not end within ${timeoutMs} ms. It goes on.`);
    const given = { ...(deadline.signal && { signal: deadline.signal }), maxRetries };
    let after = 0;
    const take = async (events: AsyncIterable<TaskEvent>) => {
      for await (const event of events) {
        after = event.id;
        await tell(event, options);
      }
    };
    try {
      for (;;) {
        try {
          await take(this.events(id, { after, follow: true, ...given, maxRetries: 0, silenceTimeoutMs: SILENCE_TIMEOUT_MS }));
        } catch (error) {
          if (deadline.signal?.aborted || !isCut(error)) throw error;
        }
        // The task is asked before the log, so that a task that has ended has said all that it has to say.
        const task = await this.get<Result>(id, {}, given);
        await take(this.events(id, { after, ...given }));
        if (isTerminal(task)) return task;
        await pause(POLL_INTERVAL_MS, deadline.signal);
      }
    } finally {
      deadline.dispose();
    }
  }

  /** With `include: 'context'`, what it knew of the turns before is in `context`. */
  get<Result = unknown>(id: string, query: { include?: 'context' } = {}, options: CallOptions = {}): Promise<Task<Result>> {
    return this.#transport.json<Task<Result>>({ method: 'GET', path: pathOf(id), query }, options);
  }

  /** A page of the tasks, grouped by session, newest first. `client.sessions.list()` reads on by itself. */
  list(query: ListTasksQuery = {}, options: CallOptions = {}): Promise<TaskList> {
    return this.#transport.json<TaskList>({ method: 'GET', path: '/v1/tasks', query }, options);
  }

  /** Cancels a task, wherever it is. One that has ended stays as it is. */
  cancel(id: string, options: CallOptions = {}): Promise<Task> {
    return this.#transport.json<Task>({ ...post(id, 'cancel'), isRepeatable: true }, options);
  }

  /** Has a task pause at the end of its step, until it is resumed. */
  pause(id: string, options: CallOptions = {}): Promise<Task> {
    return this.#transport.json<Task>(post(id, 'pause'), options);
  }

  /**
   * Has a paused task go on; with the answer, when it waits for one.
   *
   * @example
   * const { waitingFor } = await client.tasks.get(taskId);
   * if (waitingFor?.question) await client.tasks.resume(taskId, { answer: 'the second one' });
   */
  resume(id: string, request: ResumeTaskRequest = {}, options: CallOptions = {}): Promise<Task> {
    return this.#transport.json<Task>(post(id, 'resume', request), options);
  }

  /** Begins a task anew that failed for want of something that is not its own (`isDead`). */
  requeue(id: string, options: CallOptions = {}): Promise<Task> {
    return this.#transport.json<Task>(post(id, 'requeue'), options);
  }

  /** The tasks that failed for want of something that is not their own, such as a browser or a server, newest first. */
  dead(query: { limit?: number } = {}, options: CallOptions = {}): PageList<Task> {
    return new PageList<Task>(this.#transport, { method: 'GET', path: '/v1/dead-tasks', query }, options);
  }

  /**
   * The log of a task, oldest first; with `follow`, also what is yet to come, until the task has ended.
   *
   * @example
   * for await (const { type, data } of client.tasks.events(taskId, { follow: true })) console.log(type, data);
   */
  events(id: string, options: EventsOptions = {}): AsyncGenerator<TaskEvent, void> {
    const hasEnded = async (signal: AbortSignal | undefined) => isTerminal(await this.get(id, {}, signal && { signal }));
    const log: EventLog<TaskEvent> = {
      transport: this.#transport,
      path: pathOf(id, 'events'),
      subject: id,
      // One that was begun anew since has more to say after an end.
      isLast: ({ type }, signal) => LAST_EVENTS.has(type) && hasEnded(signal),
      hasEnded,
    };
    return eventsOf(log, options);
  }

  /** The picture of a step (JPEG), of a task that was submitted with `screenshots`. */
  screenshot(id: string, step: number, options: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const path = pathOf(id, 'steps', String(step), 'screenshot');
    return this.#transport.bytes({ method: 'GET', path, headers: { accept: 'image/jpeg' } }, options);
  }

  /** Everything that ends a wait: the time, the caller's signal and the client's. */
  #deadline(
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
    message: string,
  ): { signal: AbortSignal | undefined; dispose: () => void } {
    const either = eitherSignal(this.#transport.signal, signal);
    if (timeoutMs === undefined) return either;
    const deadline = new Deadline(timeoutMs, either.signal, () => new CarrelTimeoutError(message));
    const dispose = () => {
      deadline.dispose();
      either.dispose();
    };
    return { signal: deadline.signal, dispose };
  }
}

const pathOf = (id: string, ...parts: string[]) => Transport.pathOf('v1', 'tasks', id, ...parts);

const post = (id: string, part: string, json?: unknown): Request => ({ method: 'POST', path: pathOf(id, part), json });

/** Whether a stream came to nothing although the server may well be there. */
const isCut = (error: unknown) => error instanceof CarrelConnectionError || mayRetry(error, true);

async function tell(event: TaskEvent, { onEvent, onStep }: WaitOptions): Promise<void> {
  await onEvent?.(event);
  if (event.type === 'step.finished') await onStep?.(event.data.summary as StepSummary);
}
