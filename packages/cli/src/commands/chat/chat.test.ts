import { describe, expect, it } from 'vitest';
import { type Answers, startContractServer } from '../../testing/contract-server.js';
import { runCarrel } from '../../testing/run-carrel.js';
import { eventOf, logOf, SESSION_ID, submitted, TASK_ID, taskOf } from '../../testing/task-of.js';

const context = { previousContext: 'Essays, and The Pillow Book.', previousError: ['It was too hard.'] };
const answers: Answers = {
  'POST /v1/tasks': [201, submitted],
  [`GET /v1/tasks/${TASK_ID}`]: taskOf(),
  [`GET /v1/tasks/${TASK_ID}?include=context`]: taskOf({ context }),
  ...logOf(eventOf(1, 'task.completed')),
};

async function chat(lines: string, words: string[] = [], change: Answers = {}) {
  const { env, asked } = await startContractServer({ ...answers, ...change });
  const outcome = await runCarrel(['chat', ...words], env, '/', { text: lines });
  return { ...outcome, submitted: asked.filter(([call]) => call === 'POST /v1/tasks').map(([, body]) => body) };
}

describe('carrel chat', () => {
  it('should make each line a turn of one session, until the end of the input', async () => {
    const { exitCode, stdout, stderr, submitted } = await chat('What is on sale?\n\nWhich of those is the cheapest?\n', [
      '--url',
      'shop.example',
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Essays, and The Pillow Book.\n'.repeat(2) });
    expect(submitted).toEqual([
      { endUserId: 'me', task: 'What is on sale?', startUrl: 'https://shop.example' },
      { endUserId: 'me', task: 'Which of those is the cheapest?', startUrl: 'https://shop.example', sessionId: SESSION_ID },
    ]);
    expect(stderr).toContain(`carrel chat --session ${SESSION_ID}`);
  });

  it('should obey its commands', async () => {
    const { stderr, submitted } = await chat('/context\nOne\n/context\n/session\n/new\n/url http://a.example\nTwo\n/what\n/quit\nThree\n');
    expect(submitted).toEqual([
      { endUserId: 'me', task: 'One' },
      { endUserId: 'me', task: 'Two', startUrl: 'http://a.example' },
    ]);
    expect(stderr).toContain('There was no turn yet.');
    expect(stderr).toContain('Result of the turn before: Essays, and The Pillow Book.');
    expect(stderr).toContain('Error of an earlier turn: It was too hard.');
    expect(stderr).toContain(`${SESSION_ID}\n`);
    expect(stderr).toContain('There is no /what');
  });

  it('should go on after a turn that failed or was refused', async () => {
    let count = 0;
    const refusal = { error: 'Too many wait.', code: 'conflict', details: {}, requestId: 'req_1' };
    const { stdout, stderr, submitted } = await chat('One\nTwo\n', [], {
      'POST /v1/tasks': () => (count++ === 0 ? [409, refusal] : [201, { ...answers, taskId: TASK_ID, sessionId: SESSION_ID }]),
    });
    expect(submitted).toHaveLength(2);
    expect(stderr).toContain('Too many wait.');
    expect(stdout).toBe('Essays, and The Pillow Book.\n');
  });
});
