/**
 * A server in a process of its own that does one thing with a profile, says "reached" at one step of it, and stands still there.
 * Arguments: one JSON of {@link DyingTask}.
 */
import { newId } from '@carrel/protocol';
import { pino } from 'pino';
import { Store } from '../../store/index.js';
import { DirectoryStore } from '../directory-store.js';
import { Profiles } from '../profiles.js';
import { newSnapshot } from './snapshots.js';

export interface DyingTask {
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** Null: that of its data directory. */
  readonly masterKey: string | null;
  readonly archives: string;
  readonly what: 'save' | 'merge' | 'delete' | 'rotate';
  readonly profileId: string;
  readonly step: string;
  /** A directory for what its browser would leave. */
  readonly home: string;
}

async function run(task: DyingTask): Promise<void> {
  const { dataDir, databaseUrl, masterKey, profileId } = task;
  const logger = pino({ level: 'silent' });
  const onStep = async (step: string) => {
    if (step !== task.step) return;
    console.log('reached');
    await new Promise(() => setInterval(() => {}, 1e6)); // until it is killed
  };
  const masterKeys = masterKey === null ? undefined : [Buffer.from(masterKey, 'hex')];
  const onFatal = (error: Error) => {
    throw error;
  };
  const store = await Store.open({
    dataDir,
    databaseUrl,
    masterKeys,
    maxBrowsers: 1,
    maxTasks: 10,
    logger,
    onFatal,
    onRotationStep: onStep,
  });
  const archives = new DirectoryStore(task.archives);
  const profiles = new Profiles({ store, archives, maxBytes: 1e9, maxProjectBytes: 1e9, logger, onStep });
  const project = { projectId: store.defaultProject.id };
  if (task.what === 'rotate') await store.keyRotation.rotate({ ...project, apiKeyId: 'key_dying' });
  else if (task.what === 'delete') await profiles.delete({ ...project, apiKeyId: 'key_dying' }, profileId);
  else {
    const attach = (browserId: string) =>
      profiles.attach(
        project,
        { id: profileId, persist: true, onConflict: 'merge' },
        { browserId, endUserId: null, waitMs: 0, signal: new AbortController().signal },
      );
    const mine = await attach(newId('browser'));
    if (task.what === 'merge') {
      // Without the steps: another server would not stop at them either.
      const quiet = new Profiles({ store, archives, maxBytes: 1e9, maxProjectBytes: 1e9, logger });
      const theirs = await quiet.attach(
        project,
        { id: profileId, persist: true, onConflict: 'merge' },
        { browserId: newId('browser'), endUserId: null, waitMs: 0, signal: new AbortController().signal },
      );
      await theirs.save(newSnapshot({ n: '1', theirs: '1' }, 100, task.home), 'close');
    }
    await mine.save(newSnapshot({ n: '2' }, 100, task.home), 'close');
  }
  console.log('done');
}

await run(JSON.parse(process.argv[2] ?? '{}') as DyingTask);
