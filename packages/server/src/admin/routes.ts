import { CarrelError, routes, type Scope } from '@carrel/protocol';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Router } from '../http/routing.js';
import type { Profiles } from '../profiles/index.js';
import type { Store, VerifiedKey } from '../store/index.js';

/** Projects: an operator's key sees all of them, any other its own. */
export function projectRoutes(router: Router, store: Store, registry: BrowserRegistry, profiles: Profiles): void {
  const { projects } = store;
  const visible = async (caller: VerifiedKey, id: string) => {
    const project = isOperator(caller) || caller.projectId === id ? await projects.get(id) : null;
    if (project === null) throw new CarrelError('not_found', `There is no project ${id}.`);
    return project;
  };
  router.implement(routes.createProject, ({ body }) => projects.create(body));
  router.implement(routes.listProjects, async ({ caller, query }) =>
    isOperator(caller) ? projects.list(query) : { data: [await visible(caller, caller.projectId)], nextCursor: null },
  );
  router.implement(routes.getProject, ({ caller, params }) => visible(caller, params.id));
  router.implement(routes.updateProject, async ({ params, body }) => {
    const project = await projects.update(params.id, body);
    registry.limitChanged(project.id, project.maxBrowsers);
    return project;
  });
  router.implement(routes.deleteProject, async ({ caller, params }) => {
    if (params.id === caller.projectId) throw new CarrelError('conflict', 'A key cannot delete the project that it belongs to.');
    // Before anything is closed: what is refused shall have done nothing.
    if (params.id === store.defaultProject.id) throw new CarrelError('conflict', 'The default project cannot be deleted.');
    const actor = { projectId: caller.projectId, apiKeyId: caller.id };
    await registry.removeProject(params.id, () => profiles.removeProject(params.id, () => projects.delete(actor, params.id)));
  });
}

/** API keys of the caller's project. */
export function apiKeyRoutes(router: Router, { apiKeys }: Store): void {
  router.implement(routes.createApiKey, async ({ caller, body }) => {
    const projectId = body.projectId ?? caller.projectId;
    if (projectId !== caller.projectId && !isOperator(caller)) {
      throw new CarrelError('insufficient_scope', 'Keys of other projects are made with the scope projects:manage.', {
        details: { needed: 'projects:manage', scopes: caller.scopes },
      });
    }
    const scopes = body.scopes ?? caller.scopes.filter((scope) => scope !== 'projects:manage');
    refuseMoreThanOwn(caller, scopes);
    const { apiKey, secret } = await apiKeys.create({ projectId, name: body.name, scopes });
    return { ...apiKey, secret };
  });
  router.implement(routes.listApiKeys, ({ caller, query }) => apiKeys.list(caller.projectId, query));
  router.implement(routes.revokeApiKey, ({ caller, params }) => apiKeys.revoke(caller.projectId, params.id));
}

const isOperator = (caller: VerifiedKey) => caller.scopes.includes('projects:manage');

/** A key makes no key that may do more than itself. */
function refuseMoreThanOwn(caller: VerifiedKey, scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !caller.scopes.includes(scope));
  if (missing.length === 0) return;
  throw new CarrelError('insufficient_scope', `A key cannot give what it has not: ${missing.join(', ')}.`, {
    details: { needed: missing, scopes: caller.scopes },
  });
}
