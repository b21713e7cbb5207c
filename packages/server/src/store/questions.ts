import { eq } from 'drizzle-orm';
import type { Database } from './database.js';
import type { MasterKeys } from './master-keys.js';
import { projects, tasks } from './schema/index.js';
import type { TaskRow } from './task-row.js';

/** A question that a task waits with. */
export interface StandingQuestion {
  readonly task: TaskRow;
  readonly shown: { readonly askedBy: string; readonly question: string; readonly expiresAt: string | null };
}

/** The questions of tasks to people, and the secrets in the links to them: each is of one question, and over with it. */
export class Questions {
  readonly #database: Database;
  readonly #masterKeys: MasterKeys;

  constructor(database: Database, masterKeys: MasterKeys) {
    this.#database = database;
    this.#masterKeys = masterKeys;
  }

  /** Lets whoever has it answer the question that the task waits with; null when it waits with none. It is derived, not stored. */
  token(task: Pick<TaskRow, 'id' | 'waitingFor'>): string | null {
    const name = nameOf(task);
    return name === null ? null : this.#masterKeys.hash('answer-link', name).toString('base64url');
  }

  /** The question that a link is for; null when the secret in it is not right, or the question is over. */
  async find(taskId: string, token: string): Promise<StandingQuestion | null> {
    const [row] = await this.#database.run((queries) =>
      queries
        .select({ task: tasks, askedBy: projects.name })
        .from(tasks)
        .innerJoin(projects, eq(projects.id, tasks.projectId))
        .where(eq(tasks.id, taskId)),
    );
    const name = row === undefined ? null : nameOf(row.task);
    if (row === undefined || name === null) return null;
    if (!this.#masterKeys.isHash('answer-link', name, Buffer.from(token, 'base64url'))) return null;
    const { question, expiresAt } = row.task.waitingFor ?? {};
    if (expiresAt && Date.parse(expiresAt) <= Date.now()) return null;
    return { task: row.task, shown: { askedBy: row.askedBy, question: question ?? '', expiresAt: expiresAt ?? null } };
  }
}

/** Names one question, so that the link to one is none to the next of the same task. */
function nameOf({ id, waitingFor }: Pick<TaskRow, 'id' | 'waitingFor'>): string | null {
  return waitingFor?.reason === 'human' || waitingFor?.reason === 'captcha' ? `${id}\n${waitingFor.since}` : null;
}
