import { NotSupported } from './errors.js';
import type { NotteRouter } from './routing.js';

const PERSONAS =
  'There are no personas here: mailboxes and telephone numbers have to be bought from those who have them. Use your own, and a vault for what they sign in with.';
const FUNCTIONS = 'Functions are not run here: run the script on a machine of yours, with this server as its server_url.';
const CONNECTIONS = 'There are no managed connections here: keep a signed-in state in a profile, or credentials in a vault.';
const SEARCH = 'There is no search service here: open a search engine in a session.';
const PAYMENTS = 'There are no payments here.';
const USAGE = 'Nothing is metered or sold here: GET /metrics and the native API say what runs.';
const REPLAYED = 'Movements of the mouse are not kept by themselves.';
const SCRIPTS = 'No script is made of what a session did.';

/** What Notte has and Carrel does not, by the beginning of its path. */
const REFUSED: readonly [path: string, why: string][] = [
  ['/personas', PERSONAS],
  ['/personas/*', PERSONAS],
  ['/mailboxes/*', PERSONAS],
  ['/functions', FUNCTIONS],
  ['/functions/*', FUNCTIONS],
  ['/workflows', FUNCTIONS],
  ['/workflows/*', FUNCTIONS],
  ['/anything/*', FUNCTIONS],
  ['/managed-auth/*', CONNECTIONS],
  ['/search', SEARCH],
  ['/sessions/:id/payments', PAYMENTS],
  ['/sessions/:id/replay/mouse', REPLAYED],
  ['/sessions/:id/workflow/code', SCRIPTS],
  ['/agents/start/custom', 'Only Carrel’s own agent is run here: use /agents/start.'],
  ['/usage', USAGE],
  ['/usage/*', USAGE],
];

/** Answers for what there is not, so that nobody takes it for a wrong address. */
export function refusedRoutes(router: NotteRouter): void {
  for (const [path, why] of REFUSED) {
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE'] as const) {
      router.implement({ method, path, scope: 'any', isMultipart: true }, async () => {
        throw new NotSupported(why, 501);
      });
    }
  }
}
