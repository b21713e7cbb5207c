/**
 * A server that only runs turns, in a process of its own, to be killed. Each turn takes a lock that no two can hold and writes down when
 * it begins, acts and ends, so that two at once and acting twice are seen. Says "begun" whenever a turn has begun.
 * Arguments: one JSON of {@link DyingWorker}.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { Store } from '../../store/index.js';
import type { ClaimedTurn, TurnEnd } from '../claimed-turn.js';
import { Worker } from '../worker.js';

export interface DyingWorker {
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** Hex. */
  readonly masterKey: string;
  readonly leaseMs: number;
  readonly maxTurns: number;
  /** How long what a turn does takes, each of its two halves. */
  readonly workMs: number;
}

async function run({ dataDir, databaseUrl, masterKey, leaseMs, maxTurns, workMs }: DyingWorker): Promise<void> {
  const logger = pino({ level: process.env.CARREL_TEST_LOG ?? 'silent' }, pino.destination(2));
  const onFatal = (error: Error) => {
    throw error;
  };
  const masterKeys = [Buffer.from(masterKey, 'hex')];
  const store = await Store.open({ dataDir, databaseUrl, masterKeys, maxBrowsers: 1, maxTasks: 1000, logger, onFatal });
  const runTurn = async (turn: ClaimedTurn): Promise<TurnEnd> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => {}); // the statement under way rejects with the same error
    await client.connect();
    try {
      const say = (what: string) =>
        client.query('insert into proof (task_id, attempt, what) values ($1, $2, $3)', [turn.taskId, turn.attempt, what]);
      const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 1)) as is_alone', [turn.taskId]);
      await say(rows[0].is_alone ? 'began' : 'overlapped');
      console.log('begun');
      await delay(workMs * Math.random(), undefined, { signal: turn.signal });
      await turn.firstAction();
      await say('acted');
      await delay(workMs * Math.random(), undefined, { signal: turn.signal });
      await turn.record({ type: 'step.started', data: { step: 1 } });
      return { stopReason: 'done', result: turn.attempt, htmlDump: null, failure: null };
    } finally {
      await client.end();
    }
  };
  await Worker.start({ store, runTurn, maxTurns, leaseMs, logger });
}

await run(JSON.parse(process.argv[2] ?? '{}') as DyingWorker);
