import { describe, expect, it } from 'vitest';
import { type Answers, startContractServer } from '../testing/contract-server.js';
import { runCarrel } from '../testing/run-carrel.js';
import { SESSION_ID, TASK_ID } from '../testing/task-of.js';

async function serve(answers: Answers) {
  const { env, asked } = await startContractServer(answers);
  return { carrel: (words: string[]) => runCarrel(words, env), asked };
}

describe('what is not there, or cannot be', () => {
  it.each([
    [['--login', 'shop'], 'no login shop among the credentials of ann'],
    [['--domain', 'a.example', '--preset', 'redditSession'], 'no a.example, redditSession among the credentials of ann'],
    [[], 'nothing among the credentials of ann'],
  ])('should not be said to be deleted: %j', async (options, said) => {
    const { carrel } = await serve({
      'DELETE /v1/end-users/ann/credentials': { ok: true, deleted: { logins: [], cookies: 0, origins: 0 } },
    });
    const { exitCode, stdout, stderr } = await carrel(['credentials', 'rm', 'ann', ...options]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain(said);
    const asJson = await carrel(['credentials', 'rm', 'ann', ...options, '--json']);
    expect(asJson).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('"logins": []') });
  });

  it('should be told apart from what was deleted', async () => {
    const { carrel } = await serve({
      'DELETE /v1/end-users/ann/credentials': { ok: true, deleted: { logins: ['shop'], cookies: 0, origins: 1 } },
    });
    const { exitCode, stdout, stderr } = await carrel(['credentials', 'rm', 'ann', '--login', 'shop', '--login', 'bank']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: 'Deleted of ann: the login shop, the storage of 1 origin\n' });
    expect(stderr).toContain('no login bank');
  });

  it('should be 3 for sessions, webhooks and end users', async () => {
    const { carrel } = await serve({});
    for (const words of [
      ['sessions', 'rm', SESSION_ID],
      ['webhooks', 'rm', 'wh_1'],
      ['end-users', 'rm', 'ann'],
    ]) {
      expect(await carrel([...words, '--yes']), words[0]).toMatchObject({ exitCode: 3, stdout: '' });
    }
  });

  it.each([
    [['tasks', 'show', 'nonsense'], "argument 'id'. It must be the id of a task: t_ with"],
    [['tasks', 'cancel', TASK_ID, SESSION_ID], `value '${SESSION_ID}' is invalid for argument 'id'. It must be the id of a task`],
    [['sessions', 'show', 'x'], 'the id of a session: s_ with'],
    [['webhooks', 'redeliver', 'wh_1', '7'], "argument 'delivery'. It must be the id of a delivery: msg_ with"],
    [['run', 'Go', '--session', TASK_ID], "option '--session <id>' argument"],
    [['show', 'first'], 'the id of a browser: br_ with'],
  ])('should be said of an id that is none, before anything is asked: %j', async (words, said) => {
    const { carrel, asked } = await serve({});
    expect(await carrel(words)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(said) });
    expect(asked).toEqual([]);
  });

  it('should be said of each field of a request, in words', async () => {
    const issues = [
      { path: 'id', message: 'must be an id like t_…' },
      { path: 'after', message: 'must be at least 0' },
    ];
    const refused = {
      error: '"id" is not valid: must be an id like t_….',
      code: 'invalid_request',
      details: { issues },
      requestId: 'req_1',
    };
    const { carrel } = await serve({ [`GET /v1/tasks/${TASK_ID}`]: [400, refused] });
    const { exitCode, stderr } = await carrel(['tasks', 'show', TASK_ID]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: '✗ "id" is not valid: must be an id like t_….\n  "after" must be at least 0\n',
    });
  });

  it('should be the help, where only commands below it do anything', async () => {
    const { carrel } = await serve({});
    expect(await carrel(['tasks'])).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Usage: carrel tasks') });
    expect((await carrel(['tasks', 'nonsense'])).exitCode).toBe(2);
  });
});
