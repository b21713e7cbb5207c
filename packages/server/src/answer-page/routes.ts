import { CarrelError, taskId } from '@carrel/protocol';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toCarrelError } from '../http/errors.js';
import type { Store, TaskRow } from '../store/index.js';
import { MAX_ANSWER_CHARS, messagePage, PAGE_POLICY, questionPage, type ShownQuestion } from './page.js';

/** A form of the longest answer: three bytes a character, three characters a byte. */
const MAX_FORM_BYTES = 9 * MAX_ANSWER_CHARS + 1024;

const OVER = {
  title: 'Nothing to answer here',
  text: 'This link is not complete, or its question is over: it was answered already, was withdrawn, or nobody answered in time. You can close this page.',
};
const SENT = { title: 'Your answer was sent', text: 'The assistant goes on with it. You can close this page.' };

const FAILED = 'That did not work';
const TOO_LONG = `Answer in at most ${MAX_ANSWER_CHARS} characters.`;

export interface AnswerPageOptions {
  readonly store: Store;
  /** Has the task go on with the answer to its question. @throws {CarrelError} `conflict` when it does not stand any more */
  readonly answer: (task: TaskRow, text: string) => Promise<unknown>;
  /**
   * Where a person can do what the browser of a task waits for: `humanUrl`; null: it waits for nobody, or is on another server, which is
   * reached at `url`.
   */
  readonly doorOf: (project: { projectId: string }, browserId: string) => Promise<{ humanUrl: string | null; url: string | null }>;
}

/** The page where a person without an account answers the question of a task: no script, no account, only the link that holds a secret. */
export function answerPage(app: FastifyInstance, { store, answer, doorOf }: AnswerPageOptions): void {
  const asked = async (request: FastifyRequest): Promise<{ task: TaskRow; shown: ShownQuestion }> => {
    const { id } = request.params as { id: string };
    const { token } = request.query as { token?: unknown };
    const isLink = taskId.safeParse(id).success && typeof token === 'string';
    const found = isLink ? await store.questions.find(id, token) : null;
    if (found === null) throw new CarrelError('not_found', OVER.text);
    return found;
  };
  app.register(async (pages) => {
    pages.removeAllContentTypeParsers();
    pages.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, new URLSearchParams(body as string)),
    );
    pages.setErrorHandler<FastifyError | CarrelError>((error, request, reply) => sendFailure(error, request, reply));
    pages.get('/answer/:id', async (request, reply) => {
      const { task, shown } = await asked(request);
      if (task.waitingFor?.reason !== 'captcha') return send(reply, 200, questionPage(shown));
      const door = task.browserId === null ? null : await doorOf(task, task.browserId);
      // That server has this very page.
      const url = door?.humanUrl ?? (door?.url ? door.url + request.url : null);
      return url === null
        ? send(reply, 404, messagePage(OVER.title, OVER.text))
        : reply.header('referrer-policy', 'no-referrer').redirect(url, 303);
    });
    pages.post('/answer/:id', { bodyLimit: MAX_FORM_BYTES }, async (request, reply) => {
      const { task, shown } = await asked(request);
      const text = request.body instanceof URLSearchParams ? (request.body.get('answer') ?? '').trim() : '';
      if (text === '') return send(reply, 400, questionPage(shown, 'Write an answer first.'));
      if (text.length > MAX_ANSWER_CHARS) return send(reply, 400, questionPage(shown, TOO_LONG));
      await answer(task, text);
      return send(reply, 200, messagePage(SENT.title, SENT.text));
    });
  });
}

/**
 * The link for the question that a task waits with; null when it waits with none.
 * @param publicUrl base of all links, without a slash at the end
 */
export function answerUrlOf({ questions }: Store, publicUrl: string, task: TaskRow): string | null {
  const token = questions.token(task);
  return token === null ? null : `${publicUrl}/answer/${task.id}?token=${token}`;
}

function send(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply
    .code(status)
    .headers({
      'content-security-policy': PAGE_POLICY,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
    })
    .type('text/html; charset=utf-8')
    .send(html);
}

function sendFailure(cause: FastifyError | CarrelError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if ('statusCode' in cause && cause.statusCode === 413) return send(reply, 413, messagePage(FAILED, TOO_LONG));
  const error = toCarrelError(cause);
  if (error.code === 'not_found' || error.code === 'conflict') return send(reply, 404, messagePage(OVER.title, OVER.text));
  if (error.status >= 500) request.log.error({ err: error }, error.message);
  const text = error.status >= 500 ? `Please try again in a moment. (${request.id})` : error.message;
  return send(reply, error.status, messagePage(FAILED, text));
}
