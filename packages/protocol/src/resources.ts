import { z } from 'zod';
import { timestamp } from './common.js';
import { networkTotals } from './network.js';

/** What a browser uses of its machine, as it is measured while somebody asks. */
export const browserResources = z
  .object({
    measuredAt: timestamp,
    memoryBytes: z.number().int().describe('Memory of all its processes that cannot be dropped, files in memory included.'),
    memoryLimitBytes: z.number().int().describe('What it may use of it.'),
    cpuSeconds: z.number().describe('Processor time of all its processes since it started, those that have ended included.'),
    processes: z.number().int(),
    threads: z.number().int(),
    network: networkTotals,
  })
  .meta({ id: 'BrowserResources' });
export type BrowserResources = z.infer<typeof browserResources>;
