import assert from 'node:assert/strict';

/** Any JSON that a test looks into. */
// biome-ignore lint/suspicious/noExplicitAny: answers of another's API, looked into field by field
export type Answered = any;

export interface NotteCall {
  body?: unknown;
  form?: FormData;
}

/** Calls Notte's API by plain HTTP with one API key. */
export class NotteHttp {
  readonly #url: string;
  readonly #key: string;

  /** @param url of the server */
  constructor(url: string, key: string) {
    this.#url = `${url}/notte`;
    this.#key = key;
  }

  /** Makes a call, and minds that an error has the form that clients read. */
  async call(method: string, path: string, { body, form }: NotteCall = {}): Promise<{ status: number; body: Answered }> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      body: form ?? (body === undefined ? null : JSON.stringify(body)),
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    });
    const answer = (await response.json()) as Answered;
    if (response.status === 200) assert.equal(answer.detail, undefined, 'clients take an answer with `detail` for an error');
    else {
      assert.equal(answer.status, response.status);
      assert.equal(typeof answer.message, 'string');
      assert.equal(answer.detail, answer.message);
    }
    return { status: response.status, body: answer };
  }

  /** Makes a call that must succeed, and gives what it answers. */
  async must(method: string, path: string, call: NotteCall = {}): Promise<Answered> {
    const { status, body } = await this.call(method, path, call);
    if (status === 200) return body;
    throw new Error(`${method} ${path} was refused with ${status}: ${body.message}`);
  }

  /** Makes a call that must fail with this status, and gives the message. */
  async mustFail(status: number, method: string, path: string, call: NotteCall = {}): Promise<string> {
    const answer = await this.call(method, path, call);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body).slice(0, 300)}`);
    return answer.body.message;
  }

  /** Does an action in a session. */
  execute(id: string, action: Record<string, unknown>): Promise<Answered> {
    return this.must('POST', `/sessions/${id}/page/execute`, { body: action });
  }

  async observe(id: string): Promise<Answered> {
    return this.must('POST', `/sessions/${id}/page/observe`, { body: {} });
  }
}
