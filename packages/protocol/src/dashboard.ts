import { z } from 'zod';
import { apiKeyId, project, scope } from './admin.js';
import { timestamp } from './common.js';

/** How somebody signs in to the dashboard: with an API key, or with the code of a link that was made for it. */
export const signInRequest = z
  .union([
    z.strictObject({ apiKey: z.string().min(1).max(512).describe('`ck_…`') }),
    z.strictObject({ code: z.string().min(1).max(512).describe('What stands behind `#code=` in the link; good once.') }),
  ])
  .meta({ id: 'SignInRequest' });
export type SignInRequest = z.infer<typeof signInRequest>;

/** Who makes this call, and where. */
export const account = z
  .object({
    project,
    apiKeyId: apiKeyId.describe('The key that one signed in with.'),
    scopes: z.array(scope),
    url: z.string().describe('Where the server is reached: what its links begin with.'),
    version: z.string(),
  })
  .meta({ id: 'Account' });
export type Account = z.infer<typeof account>;

/** Signs whoever opens it in to the dashboard, once. */
export const signInLink = z
  .object({ url: z.string().describe('A secret: whoever opens it first may do what the key may that made it.'), expiresAt: timestamp })
  .meta({ id: 'SignInLink' });
export type SignInLink = z.infer<typeof signInLink>;
