import type { TaskEvent, TaskEventData, TaskEventType } from '@carrel/protocol';
import type { Queries } from './database.js';
import type { tasks } from './schema/index.js';

/** A turn, as it is in the database. */
export type TaskRow = typeof tasks.$inferSelect;

/** A line for the log of a task that has no number yet. */
export interface NewTaskEvent {
  readonly type: TaskEventType;
  readonly data: TaskEventData;
}

/** Whoever tells others of what happens to tasks, such as webhooks. */
export interface TaskEventSink {
  /** Called in the transaction that writes the event, with the row as that leaves it: what is added comes to be with it, or not at all. */
  add(queries: Queries, task: TaskRow, event: TaskEvent): Promise<void>;
}
