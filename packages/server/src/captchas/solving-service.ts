import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** The services whose interface is spoken: createTask and getTaskResult, which they share, with names of their own for what is to be solved. */
export const SOLVING_SERVICES = {
  // https://2captcha.com/api-docs
  '2captcha': {
    url: 'https://api.2captcha.com',
    tasks: { recaptcha: 'RecaptchaV2TaskProxyless', hcaptcha: 'HCaptchaTaskProxyless', turnstile: 'TurnstileTaskProxyless' },
  },
  // https://anti-captcha.com/apidoc
  'anti-captcha': {
    url: 'https://api.anti-captcha.com',
    tasks: { recaptcha: 'RecaptchaV2TaskProxyless', hcaptcha: 'HCaptchaTaskProxyless', turnstile: 'TurnstileTaskProxyless' },
  },
  // https://docs.capsolver.com
  capsolver: {
    url: 'https://api.capsolver.com',
    tasks: { recaptcha: 'ReCaptchaV2TaskProxyLess', hcaptcha: 'HCaptchaTaskProxyLess', turnstile: 'AntiTurnstileTaskProxyLess' },
  },
} as const;
export type SolvingServiceName = keyof typeof SOLVING_SERVICES;

/** Something to be solved. */
export type Riddle =
  | { readonly kind: 'recaptcha' | 'hcaptcha' | 'turnstile'; readonly siteKey: string; readonly pageUrl: string }
  /** A PNG. */
  | { readonly kind: 'image'; readonly picture: Buffer };

const POLL_MS = 2_000;
const CALL_TIMEOUT_MS = 15_000;
const MAX_ANSWER_CHARS = 20_000;

const answer = z.object({
  errorId: z.number(),
  errorCode: z.string().nullish(),
  errorDescription: z.string().nullish(),
  taskId: z.union([z.string(), z.number()]).nullish(),
  status: z.enum(['idle', 'processing', 'ready', 'failed']).nullish(),
  solution: z.object({ gRecaptchaResponse: z.string().optional(), token: z.string().optional(), text: z.string().optional() }).nullish(),
});
type Answer = z.infer<typeof answer>;

/** A service did not solve it. The message says why, and holds no key. */
export class CaptchaUnsolved extends Error {
  override readonly name = 'CaptchaUnsolved';
}

export interface SolvingServiceOptions {
  readonly name: SolvingServiceName;
  readonly apiKey: string;
  /** Instead of the service's own address: for one that speaks the same. */
  readonly url?: string | undefined;
}

/** Has captchas solved by a service on the internet, which is told the address of the page and nothing else of it. */
export class SolvingService {
  readonly name: SolvingServiceName;
  readonly #apiKey: string;
  readonly #url: string;

  constructor({ name, apiKey, url = SOLVING_SERVICES[name].url }: SolvingServiceOptions) {
    this.name = name;
    this.#apiKey = apiKey;
    this.#url = url.replace(/\/+$/, '');
  }

  /**
   * Has one solved: the token that the widget would have given, or the text in a picture.
   * @param signal how long it may take
   * @throws {CaptchaUnsolved} saying what the service said; the reason of the signal
   */
  async solve(riddle: Riddle, signal: AbortSignal): Promise<string> {
    const task =
      riddle.kind === 'image'
        ? { type: 'ImageToTextTask', body: riddle.picture.toString('base64') }
        : { type: SOLVING_SERVICES[this.name].tasks[riddle.kind], websiteURL: riddle.pageUrl, websiteKey: riddle.siteKey };
    let state = await this.#call('createTask', { task }, signal);
    const { taskId } = state;
    while (solutionOf(state) === undefined) {
      if (taskId === undefined || taskId === null) throw unsolved(this.name, 'it named no task');
      await delay(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      state = await this.#call('getTaskResult', { taskId }, signal);
    }
    return solutionOf(state) as string;
  }

  async #call(method: string, body: Record<string, unknown>, signal: AbortSignal): Promise<Answer> {
    const response = await fetch(`${this.#url}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ clientKey: this.#apiKey, ...body }),
      redirect: 'error', // it would carry the key elsewhere
      signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
    }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw unsolved(this.name, 'it cannot be reached', cause);
    });
    const said = answer.safeParse(await response.json().catch(() => undefined)).data;
    if (said === undefined) throw unsolved(this.name, `it answered with status ${response.status} and not as it should`);
    if (said.errorId !== 0 || said.status === 'failed') {
      throw unsolved(this.name, [said.errorCode, said.errorDescription].filter(Boolean).join(': ').slice(0, 300) || 'it failed');
    }
    return said;
  }
}

function solutionOf({ status, solution }: Answer): string | undefined {
  if (status !== 'ready') return undefined;
  return (solution?.gRecaptchaResponse ?? solution?.token ?? solution?.text)?.slice(0, MAX_ANSWER_CHARS);
}

const unsolved = (name: string, why: string, cause?: unknown) =>
  new CaptchaUnsolved(`${name} did not solve the captcha: ${why}.`, { cause });
