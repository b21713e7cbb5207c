import type { BrowserPool, Isolation } from '@carrel/browser';
import { CarrelError, routes } from '@carrel/protocol';
import type { Admission } from '../browsers/admission.js';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Router } from '../http/routing.js';
import { type LoadedSettings, printableSettings } from '../settings/index.js';
import type { Store } from '../store/index.js';

export interface ServerParts {
  readonly store: Store;
  readonly registry: BrowserRegistry;
  readonly admission: Admission;
  readonly pool: BrowserPool;
  readonly isolation: Isolation;
  readonly loaded: LoadedSettings;
}

/** What the server is set to, and how much it can do. */
export function serverRoutes(router: Router, { store, registry, admission, pool, isolation, loaded }: ServerParts): void {
  const ofServer = async () => {
    const tasks = await store.tasks.countOpen();
    const { starting, waiting, refused, fits, memoryBytes } = admission;
    return {
      browsers: registry.size,
      ...{ starting, waiting, refused, fits, memoryBytes },
      pool: { ...pool.counts, size: pool.size },
      isolation: { level: isolation.level, reasons: [...isolation.reasons] },
      runningTasks: tasks.running,
      waitingTasks: tasks.pending,
    };
  };
  router.implement(routes.getSettings, async () => ({
    data: printableSettings(loaded),
    file: loaded.file,
    warnings: [...loaded.warnings],
  }));
  router.implement(routes.getCapacity, async ({ caller: { projectId, scopes } }) => {
    const [project, browsers, tasks] = await Promise.all([
      store.projects.get(projectId),
      store.browsers.countOpen(projectId),
      store.tasks.countOpen(projectId),
    ]);
    if (project === null) throw new CarrelError('not_found', `There is no project ${projectId}.`);
    const { maxBrowsers, maxTasks } = project;
    const { running: runningTasks, paused: pausedTasks, pending: waitingTasks } = tasks;
    return {
      project: { browsers, maxBrowsers, runningTasks, pausedTasks, waitingTasks, maxTasks },
      server: scopes.includes('projects:manage') ? await ofServer() : null,
    };
  });
}
