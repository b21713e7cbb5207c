import { z } from 'zod';
import { isolationLevel } from './browsers.js';

const howMany = z.number().int().min(0);

/** One setting of the server, as the operator gave it. */
export const setting = z
  .object({
    name: z.string().describe('In `carrel.config.json`.'),
    environment: z.string().describe('In the environment, which counts before the file.'),
    description: z.string(),
    source: z.enum(['default', 'file', 'environment']).describe('Where the value came from.'),
    value: z.string().describe('`(not set)`, or `(set, not shown)` for a secret.'),
    defaultValue: z.string().describe('What it is when nothing is said.'),
    isSecret: z.boolean(),
  })
  .meta({ id: 'Setting' });
export type Setting = z.infer<typeof setting>;

/** All settings of the server that answers, which were read when it started. */
export const settingsOfServer = z
  .object({
    data: z.array(setting),
    file: z.string().nullable().describe('The file that was read; null: there was none.'),
    warnings: z.array(z.string()).describe('What of them has no effect, in sentences.'),
  })
  .meta({ id: 'SettingsOfServer' });

/** How much there is of what a project may have, and for operators of what the server can do. */
export const capacity = z
  .object({
    project: z.object({
      browsers: howMany.describe('Open now, on all servers.'),
      maxBrowsers: howMany,
      runningTasks: howMany,
      pausedTasks: howMany,
      waitingTasks: howMany,
      maxTasks: howMany,
    }),
    server: z
      .object({
        browsers: howMany.describe('Open on the server that answers, of all projects.'),
        starting: howMany.describe('Of browsers, at the moment.'),
        waiting: howMany.describe('Requests that wait until the machine can start their browser.'),
        refused: howMany.describe('Requests that were told to come back later, since the server started.'),
        fits: howMany.describe('For how many more browsers there is memory now, by what one needs soon after its start.'),
        memoryBytes: z.object({ available: howMany, total: howMany }),
        pool: z.object({ ready: howMany, starting: howMany, size: howMany }).describe('Browsers that are started ahead.'),
        isolation: z.object({ level: isolationLevel, reasons: z.array(z.string()).describe('Why not a higher level.') }),
        runningTasks: howMany.describe('Of all projects, on all servers.'),
        waitingTasks: howMany,
      })
      .nullable()
      .describe('Null without the scope `projects:manage`.'),
  })
  .meta({ id: 'Capacity' });
export type Capacity = z.infer<typeof capacity>;
