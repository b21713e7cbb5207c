import type { EgressPolicy } from '@carrel/browser';
import type { WebhookPayload } from '@carrel/protocol';
import type { Logger } from 'pino';
import { Webhook as Signer } from 'standardwebhooks';
import { type Attempt, DELIVERIES_CHANNEL, type DueDelivery, type Store, type TaskRow } from '../store/index.js';
import { VERSION } from '../version.js';
import { post } from './post.js';
import { judgeAnswer, judgeFailure, RETRY_DELAYS_MS, retryDelayMs, type Verdict } from './verdict.js';

const ATTEMPT_TIMEOUT_MS = 15_000;
const MAX_AT_ONCE = 32;
const MAX_PER_WEBHOOK = 4;
const MAX_PER_PROJECT = 8;
/** For what no message tells of: a delivery that another server was killed with. */
const LOOK_AT_LEAST_EVERY_MS = 30_000;
const LOOK_AFTER_FAILURE_MS = 5_000;
/** Of what is due and cannot be taken now there is a message when it can. */
const LOOK_AT_MOST_EVERY_MS = 1_000;

export interface WebhookSenderOptions {
  readonly store: Store;
  /** What may be delivered to. */
  readonly policy: EgressPolicy;
  readonly logger: Logger;
  /** The link by which a person answers what a task asks; null: it asks nothing at the moment. */
  readonly answerUrl?: (task: TaskRow) => string | null;
  /** Waits between attempts; default: over a day. */
  readonly retryDelaysMs?: readonly number[];
  readonly attemptTimeoutMs?: number;
}

/** Delivers to webhooks what waits to be delivered. Any number of servers of a database do so beside each other. */
export class WebhookSender implements AsyncDisposable {
  readonly #options: WebhookSenderOptions;
  readonly #closing = new AbortController();
  readonly #attempts = new Map<Promise<void>, DueDelivery>();
  readonly #unlisten: () => void;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isToLookAgain = false;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
    this.#unlisten = options.store.listen(DELIVERIES_CHANNEL, () => this.#look());
    this.#look();
  }

  /** What it is delivering is broken off, and left to other servers or the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#unlisten();
    clearTimeout(this.#timer);
    this.#closing.abort(new Error('the server shuts down'));
    await this.#looking;
    await Promise.all(this.#attempts.keys());
  }

  /** Looks for what is due; once more when it is asked to while it looks. */
  #look(): void {
    if (this.#closing.signal.aborted) return;
    this.#isToLookAgain = true;
    this.#looking ??= this.#lookAndLog().finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookAndLog(): Promise<void> {
    clearTimeout(this.#timer);
    let waitMs = LOOK_AT_LEAST_EVERY_MS;
    try {
      while (this.#isToLookAgain && !this.#closing.signal.aborted) {
        this.#isToLookAgain = false;
        await this.#takeDue();
      }
      waitMs = Math.min(waitMs, (await this.#options.store.webhookDeliveries.nextDueInMs()) ?? waitMs);
    } catch (error) {
      waitMs = LOOK_AFTER_FAILURE_MS;
      this.#options.logger.warn({ err: error }, 'deliveries to webhooks could not be read; they are looked for again');
    }
    if (!this.#closing.signal.aborted) this.#timer = setTimeout(() => this.#look(), Math.max(waitMs, LOOK_AT_MOST_EVERY_MS));
  }

  async #takeDue(): Promise<void> {
    const limit = MAX_AT_ONCE - this.#attempts.size;
    if (limit <= 0) return; // the next one that ends looks again
    const underWay = [...this.#attempts.values()];
    const due = await this.#options.store.webhookDeliveries.claim({
      limit,
      perWebhook: MAX_PER_WEBHOOK,
      perProject: MAX_PER_PROJECT,
      busyWebhooks: thatHave(
        MAX_PER_WEBHOOK,
        underWay.map(({ webhookId }) => webhookId),
      ),
      busyProjects: thatHave(
        MAX_PER_PROJECT,
        underWay.map(({ projectId }) => projectId),
      ),
    });
    for (const delivery of due) {
      const attempt = this.#attempt(delivery).finally(() => {
        this.#attempts.delete(attempt);
        this.#look();
      });
      this.#attempts.set(attempt, delivery);
    }
  }

  async #attempt(delivery: DueDelivery): Promise<void> {
    const { store, logger, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS, retryDelaysMs = RETRY_DELAYS_MS } = this.#options;
    const at = new Date();
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(attemptTimeoutMs)]);
    const retryMs = retryDelayMs(delivery.attempts.length + 1, retryDelaysMs);
    let verdict: Verdict;
    try {
      try {
        const body = JSON.stringify(await this.#withLink(delivery));
        verdict = judgeAnswer(await this.#post(delivery, body, at, signal), retryMs);
      } catch (error) {
        if (this.#closing.signal.aborted) return await store.webhookDeliveries.release(delivery);
        verdict = judgeFailure(error, retryMs);
      }
      const { outcome, ...said } = verdict;
      const attempt: Attempt = { at: at.toISOString(), ...said, durationMs: Date.now() - at.getTime() };
      await store.webhookDeliveries.settle(delivery, attempt, outcome);
      if (outcome === 'failed' || outcome === 'gone')
        logger.warn({ deliveryId: delivery.id, attempt }, 'a delivery to a webhook failed for good');
    } catch (error) {
      // Its lease runs out, and somebody attempts it again: twice is allowed, not at all is not.
      logger.warn({ err: error, deliveryId: delivery.id }, 'what came of a delivery to a webhook could not be written down');
    }
  }

  /** With the link for the person who is asked, while it is of use. It is a secret, and not kept with the rest. */
  async #withLink({ payload, projectId, link }: DueDelivery): Promise<WebhookPayload> {
    const { data } = payload;
    const url = payload.type === 'human.asked' ? await this.#answerUrlOf(projectId, payload) : link;
    return url === null ? payload : ({ ...payload, data: { ...data, url } } as WebhookPayload);
  }

  async #answerUrlOf(projectId: string, { data }: WebhookPayload): Promise<string | null> {
    const { store, answerUrl } = this.#options;
    if (!('taskId' in data) || answerUrl === undefined) return null;
    const task = await store.tasks.get(projectId, data.taskId);
    // It may have gone on, and ask something else by now.
    const isThat = task.waitingFor?.question === data.event.data.question;
    return isThat ? answerUrl(task) : null;
  }

  #post({ id, webhookId, url, ...secrets }: DueDelivery, body: string, at: Date, signal: AbortSignal) {
    const signatures = this.#options.store.webhooks.secretsOf(webhookId, secrets).map((secret) => new Signer(secret).sign(id, at, body));
    const headers = {
      'content-type': 'application/json',
      'user-agent': `Carrel/${VERSION}`,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    };
    return post(new URL(url), { headers, body, policy: this.#options.policy, signal });
  }
}

/** Those that are there so often, or more. */
function thatHave(often: number, names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => names.filter((other) => other === name).length >= often);
}
