import { z } from 'zod';
import { timestamp } from './common.js';
import { idSchema } from './ids.js';
import { recordRequest } from './recordings.js';
import { modelName } from './tasks.js';

/** What an API key may do. */
export const SCOPES = {
  'browsers:read': 'See browsers, their pages, events and files.',
  'browsers:write': 'Open, drive and close browsers.',
  'profiles:read': 'See profiles, their versions and what they hold, never a value.',
  'profiles:write': 'Make, change and delete profiles, bring state into them, and open browsers with them.',
  'profiles:export': 'Take the values out of profiles: cookies, localStorage, IndexedDB. Each time is written in the audit log.',
  'tasks:read': 'See tasks, sessions and end users.',
  'tasks:write': 'Submit, cancel, pause and resume tasks, and delete sessions.',
  'credentials:read': 'See what credentials there are of end users, never a value.',
  'credentials:write': 'Give and delete credentials of end users.',
  'end-users:manage': 'Export and delete all that there is of an end user.',
  'webhooks:manage': 'Have events delivered to a URL, with the links by which people help, and see what was delivered.',
  'audit:read': 'Read the audit log of the project.',
  'keys:manage': "List, make and revoke the project's API keys, never with more scopes than one's own.",
  'projects:manage': 'For operators: list, make and change projects, and make keys of any of them.',
} as const;
export type Scope = keyof typeof SCOPES;
export const scope = z.enum(Object.keys(SCOPES) as [Scope, ...Scope[]]);

export const projectId = idSchema('project').describe('Id of a project.');
const projectName = z.string().trim().min(1).max(255);
const maxTasks = z.number().int().min(0).max(100_000).describe('How many tasks may run at once; others wait.');
const maxBrowsers = z.number().int().min(0).max(100_000).describe('How many browsers may be open at once.');

const RECORDED = 'Whether its browsers, those of its tasks included, are recorded unless they say otherwise, and how closely.';
const record = recordRequest.describe(RECORDED);

/** A tenant. */
export const project = z
  .object({
    id: projectId,
    name: projectName,
    maxBrowsers,
    maxTasks,
    model: modelName.nullable().describe('What its tasks are done with unless they say otherwise. Null: what the server says.'),
    record: recordRequest.nullable().describe(`${RECORDED} Null: as the server says (\`CARREL_RECORD\`).`),
    createdAt: timestamp,
  })
  .meta({ id: 'Project' });
export type Project = z.infer<typeof project>;

export const createProjectRequest = z
  .strictObject({
    name: projectName,
    maxBrowsers: maxBrowsers.optional(),
    maxTasks: maxTasks.optional(),
    model: modelName.optional(),
    record: record.optional(),
  })
  .meta({ id: 'CreateProjectRequest' });
export const updateProjectRequest = z
  .strictObject({
    name: projectName.optional(),
    maxBrowsers: maxBrowsers.optional(),
    maxTasks: maxTasks.optional(),
    model: modelName.nullable().optional(),
    record: record.nullable().optional(),
  })
  .refine((value) => Object.keys(value).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateProjectRequest' });

export const apiKeyId = idSchema('apiKey').describe('Id of an API key; not the secret.');

/** An API key, without its secret. */
export const apiKey = z
  .object({
    id: apiKeyId,
    projectId,
    name: z.string(),
    scopes: z.array(scope),
    hint: z.string().describe('The first characters of the secret, to tell keys apart.'),
    createdAt: timestamp,
    lastUsedAt: timestamp.nullable().describe('To the minute.'),
    revokedAt: timestamp.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKey>;

export const createApiKeyRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(255),
    scopes: z.array(scope).min(1).optional().describe("Default: the caller's own, without `projects:manage`."),
    projectId: projectId.optional().describe('Another project; needs `projects:manage`.'),
  })
  .meta({ id: 'CreateApiKeyRequest' });

/** A new key. `secret` is shown this once; a replay by Idempotency-Key leaves it out. */
export const createdApiKey = apiKey
  .extend({ secret: z.string().optional().describe('`ck_…`; shown only now.') })
  .meta({ id: 'CreatedApiKey' });

export const health = z.object({ status: z.literal('ok'), version: z.string() }).meta({ id: 'Health' });
const checkResult = z.object({ ok: z.boolean(), message: z.string() });
export const readiness = z
  .object({ ready: z.boolean(), checks: z.object({ store: checkResult, chromium: checkResult, draining: checkResult }) })
  .meta({ id: 'Readiness' });
export type Readiness = z.infer<typeof readiness>;
