import type { StepSummary, Task, TaskEvent, TaskEventType } from '@carrel/sdk';

const AT = '2026-11-22T00:00:00.000Z';
export const TASK_ID = 't_00000000000000000000000001';
export const SESSION_ID = 's_00000000000000000000000001';

/** A task as the server gives it, completed unless said otherwise. */
export const taskOf = (change: Partial<Task> = {}): Task => ({
  taskId: TASK_ID,
  sessionId: SESSION_ID,
  endUserId: 'me',
  task: 'What is on sale?',
  status: 'completed',
  stopReason: 'done',
  result: 'Essays, and The Pillow Book.',
  structured_content: null,
  structuredContent: null,
  model: 'builtin',
  totalSteps: 2,
  durationMs: 1400,
  visitedUrls: ['shop.example'],
  stepSummaries: [],
  usage: [],
  costUsd: null,
  waitingFor: null,
  startUrl: null,
  schema: null,
  maxSteps: 25,
  metadata: {},
  browserId: null,
  attempt: 1,
  isDead: false,
  createdAt: AT,
  startedAt: AT,
  finishedAt: AT,
  updatedAt: AT,
  ...change,
});

export const submitted = { taskId: TASK_ID, sessionId: SESSION_ID, status: 'pending', createdAt: AT };

export const stepOf = (change: Partial<StepSummary> = {}): StepSummary => ({
  n: 1,
  type: 'execution',
  msg: 'Clicked “Sale”.',
  success: true,
  url: 'https://shop.example/sale',
  durationMs: 412,
  tools: ['click'],
  hasScreenshot: false,
  ...change,
});

export const eventOf = (id: number, type: TaskEventType, data: TaskEvent['data'] = {}): TaskEvent => ({ id, type, createdAt: AT, data });

/** The answers to whoever waits for a task: its log as a list, which is what a reader of streams falls back on. */
export const logOf = (...events: TaskEvent[]) => ({
  [`GET /v1/tasks/${TASK_ID}/events?after=0`]: {},
  [`GET /v1/tasks/${TASK_ID}/events?after=0&limit=1000`]: { data: events, nextCursor: null },
  [`GET /v1/tasks/${TASK_ID}/events?after=${events.length}&limit=1000`]: { data: [], nextCursor: null },
});
