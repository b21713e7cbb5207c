import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Task } from '@carrel/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Answers, startContractServer } from '../testing/contract-server.js';
import { type Input, runCarrel } from '../testing/run-carrel.js';
import { eventOf, logOf, SESSION_ID, stepOf, submitted, TASK_ID, taskOf } from '../testing/task-of.js';

const POLLING = { timeout: 20_000 };

const answersOf = (task: Task): Answers => ({
  'POST /v1/tasks': [201, submitted],
  [`GET /v1/tasks/${TASK_ID}`]: task,
  ...logOf(
    eventOf(1, 'task.created'),
    eventOf(2, 'step.finished', { step: 1, summary: stepOf(), usage: [] }),
    eventOf(3, 'task.completed'),
  ),
});

async function serve(answers: Answers) {
  const { env, asked } = await startContractServer(answers);
  return { carrel: (words: string[], input?: Input, cwd = '/') => runCarrel(words, env, cwd, input), asked, env };
}

describe('carrel run', () => {
  it('should print the result to stdout, and steps and remarks to stderr', async () => {
    const { carrel, asked } = await serve(answersOf(taskOf()));
    const { exitCode, stdout, stderr } = await carrel(['run', 'What is on sale?']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Essays, and The Pillow Book.\n' });
    expect(stderr).toContain('✓  1 Clicked “Sale”. https://shop.example/sale 412 ms\n');
    expect(stderr).toContain('2 steps, 1.4 s, builtin\n');
    expect(stderr).toContain(`--session ${SESSION_ID}`);
    expect(asked[0]).toEqual(['POST /v1/tasks', { endUserId: 'me', task: 'What is on sale?' }]);
  });

  it('should ask for what the options say', async () => {
    const { carrel, asked } = await serve(answersOf(taskOf()));
    const about = [
      '--end-user',
      'ann',
      '--session',
      SESSION_ID,
      '--url',
      'shop.example/sale',
      '--model',
      'openai/gpt-5',
      '--allow',
      'shop.example',
    ];
    const limits = ['--max-steps', '5', '--max-cost', '0.5', '--timeout', '60', '--human-timeout', '30', '--priority', '-1'];
    const rest = ['--on-busy', 'queue', '--retry', 'never', '--proxies', 'DE', '--locale', 'de-DE', '--metadata', 'a=b', '--screenshots'];
    expect((await carrel(['run', 'Go', ...about, ...limits, ...rest, '--fallback-model', 'builtin'])).exitCode).toBe(0);
    expect(asked[0]?.[1]).toEqual({
      ...{ endUserId: 'ann', task: 'Go', sessionId: SESSION_ID, startUrl: 'https://shop.example/sale', model: 'openai/gpt-5' },
      ...{ fallbackModels: ['builtin'], allowedDomains: ['shop.example'], maxSteps: 5, maxCostUsd: 0.5, timeoutMs: 60_000 },
      ...{ humanTimeoutMs: 30_000, priority: -1, onBusy: 'queue', retry: 'never', proxies: 'DE', identity: { locale: 'de-DE' } },
      ...{ metadata: { a: 'b' }, screenshots: true },
    });
  });

  it('should take --url before it for the server, and behind it for where to begin', async () => {
    const { carrel, asked, env } = await serve(answersOf(taskOf()));
    const words = ['--url', env.CARREL_URL ?? '', 'run', 'Go', '--url', 'http://127.0.0.1:7071'];
    expect((await runCarrel(words, { CARREL_API_KEY: 'ck_test', CARREL_URL: 'http://127.0.0.1:1' })).exitCode).toBe(0);
    expect(asked[0]?.[1]).toMatchObject({ startUrl: 'http://127.0.0.1:7071' });
    expect((await carrel(['tasks', 'show', TASK_ID, '--json'])).stdout).toContain('"taskId"');
  });

  it('should take a schema as JSON or from a file, and print JSON', async () => {
    const schema = { type: 'object', properties: { price: { type: 'number' } } };
    const directory = await mkdtemp(join(tmpdir(), 'carrel-run-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, 'schema.json'), JSON.stringify(schema));
    const { carrel, asked } = await serve(answersOf(taskOf({ result: { price: 12.9 } })));
    for (const given of [JSON.stringify(schema), 'schema.json']) {
      const { stdout } = await carrel(['run', 'Read the price', '--schema', given], undefined, directory);
      expect(JSON.parse(stdout)).toEqual({ price: 12.9 });
      expect(asked.splice(0)[0]?.[1]).toMatchObject({ schema });
    }
    expect(await carrel(['run', 'Go', '--schema', '{'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('not JSON') });
    expect(await carrel(['run', 'Go', '--schema', 'none.json'], undefined, directory)).toMatchObject({ exitCode: 2 });
    expect(asked).toEqual([]);
  });

  it('should end with 1 and say why when the task fails', async () => {
    const failed = taskOf({ status: 'failed', stopReason: 'error', result: null, error: 'Set a model.', errorCode: 'model_required' });
    const { carrel } = await serve(answersOf(failed));
    const { exitCode, stdout, stderr } = await carrel(['run', 'Write a poem']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('✗ The task failed: Set a model. (model_required)');
    const asJson = await carrel(['run', 'Write a poem', '--json']);
    expect(asJson.exitCode).toBe(1);
    expect(JSON.parse(asJson.stdout)).toEqual(failed);
    expect(asJson.stderr).toBe('');
  });

  it('should say once why a model did not answer', async () => {
    const failure = (step: number) => ({ step, model: 'builtin', message: 'Set a model.' });
    const failed = taskOf({ status: 'failed', stopReason: 'error', result: null, error: 'Set a model.', errorCode: 'model_required' });
    const atLast = await serve({ ...answersOf(failed), ...logOf(eventOf(1, 'model.failed', failure(1)), eventOf(2, 'task.failed')) });
    expect((await atLast.carrel(['run', 'Write a poem'])).stderr.split('Set a model.')).toHaveLength(2);
    const onTheWay = await serve({
      ...answersOf(taskOf()),
      ...logOf(eventOf(1, 'model.failed', failure(1)), eventOf(2, 'step.started', { step: 2 })),
    });
    expect((await onTheWay.carrel(['run', 'Go'])).stderr).toContain('builtin did not answer: Set a model.');
  });

  it('should let no page drive the terminal', async () => {
    const { carrel } = await serve({
      ...answersOf(taskOf({ result: 'a\u001b[2Jb' })),
      ...logOf(
        eventOf(1, 'step.finished', { step: 1, summary: stepOf({ msg: 'x\u001b]0;y\u0007', url: 'https://a/\u001b[1m' }), usage: [] }),
      ),
    });
    const { stdout, stderr } = await carrel(['run', 'Go']);
    expect(stdout + stderr).not.toContain('\u001b');
  });

  it('should read the task from the input, and not wait for it when told so', async () => {
    const { carrel, asked } = await serve(answersOf(taskOf()));
    const { stdout } = await carrel(['run', '-', '--detach'], { text: 'What is\non sale?\n' });
    expect(stdout).toContain(TASK_ID);
    expect(asked).toEqual([['POST /v1/tasks', { endUserId: 'me', task: 'What is\non sale?' }]]);
    expect((await carrel(['run', ' '])).exitCode).toBe(2);
  });

  it('should show what the model and the tools do when it is to be watched', async () => {
    const { carrel } = await serve({
      ...answersOf(taskOf()),
      ...logOf(
        eventOf(1, 'model.called', { step: 1, model: 'openai/gpt-5', durationMs: 900, inputTokens: 1200, outputTokens: 30 }),
        eventOf(2, 'tool.called', { step: 1, tool: 'click', input: { ref: 'e5' }, success: false, message: 'It is covered.' }),
      ),
    });
    const watched = await carrel(['run', 'Go', '--watch']);
    expect(watched.stderr).toContain('openai/gpt-5: 900 ms, 1200 + 30 tokens');
    expect(watched.stderr).toContain('click {"ref":"e5"} failed: It is covered.');
    expect((await carrel(['run', 'Go'])).stderr).not.toContain('gpt-5');
  });
});

describe('Ctrl-C', () => {
  it('should cancel the task, and show how it ended', async () => {
    let isCancelled = false;
    const cancel = `POST /v1/tasks/${TASK_ID}/cancel`;
    const { carrel, asked } = await serve({
      ...answersOf(taskOf()),
      ...logOf(),
      [`GET /v1/tasks/${TASK_ID}`]: () => taskOf(isCancelled ? { status: 'cancelled', result: null } : { status: 'running', result: null }),
      [cancel]: () => {
        isCancelled = true;
        return taskOf({ status: 'cancelled', result: null });
      },
    });
    const running = carrel(['run', 'Go']);
    await expect.poll(() => asked.some(([call]) => call === `GET /v1/tasks/${TASK_ID}`), POLLING).toBe(true);
    process.emit('SIGINT');
    const { exitCode, stdout, stderr } = await running;
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('The task was cancelled');
    expect(asked.filter(([call]) => call === cancel)).toHaveLength(1);
  });
});

describe('a question to a person', () => {
  const url = 'https://carrel.example/help/secret';
  const waitingFor = { reason: 'human', question: 'Which one?', url, since: '2026-11-22T00:00:00.000Z', expiresAt: null } as const;

  /** A task that waits until it is resumed. */
  function asking() {
    const state = { isAnswered: false };
    const events = [eventOf(1, 'task.paused', { reason: 'human' }), eventOf(2, 'human.asked', { question: 'Which one?' })];
    const after = [eventOf(3, 'human.answered'), eventOf(4, 'task.completed')];
    const paused = taskOf({ status: 'paused', result: null, stopReason: null, waitingFor });
    return {
      state,
      answers: {
        'POST /v1/tasks': [201, submitted],
        [`GET /v1/tasks/${TASK_ID}`]: () => (state.isAnswered ? taskOf() : paused),
        [`POST /v1/tasks/${TASK_ID}/resume`]: () => {
          state.isAnswered = true;
          return taskOf({ status: 'running' });
        },
        ...logOf(...events),
        [`GET /v1/tasks/${TASK_ID}/events?after=2`]: {},
        [`GET /v1/tasks/${TASK_ID}/events?after=2&limit=1000`]: () => ({ data: state.isAnswered ? after : [], nextCursor: null }),
        [`GET /v1/tasks/${TASK_ID}/events?after=4`]: {},
        [`GET /v1/tasks/${TASK_ID}/events?after=4&limit=1000`]: { data: [], nextCursor: null },
      } satisfies Answers,
    };
  }

  it('should be put to whoever sits at the terminal', async () => {
    const { answers } = asking();
    const { carrel, asked } = await serve(answers);
    const { exitCode, stderr } = await carrel(['run', 'Choose'], { text: 'the second\n', isTTY: true });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('? Which one?');
    expect(stderr).toContain(`or answer at ${url}`);
    expect(asked).toContainEqual([`POST /v1/tasks/${TASK_ID}/resume`, { answer: 'the second' }]);
  });

  it('should be left to the link where there is no terminal', async () => {
    const { answers, state } = asking();
    const resumed = `POST /v1/tasks/${TASK_ID}/resume`;
    const { carrel, asked } = await serve(answers);
    const running = carrel(['run', 'Choose'], { text: 'not an answer\n' });
    await expect.poll(() => asked.filter(([call]) => call === `GET /v1/tasks/${TASK_ID}`).length, POLLING).toBeGreaterThan(3);
    state.isAnswered = true; // by the link
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`or answer at ${url}`);
    expect(asked.map(([call]) => call)).not.toContain(resumed);
  });
});
