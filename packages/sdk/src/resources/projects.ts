import { type CallOptions, type CreateOptions, newIdempotencyKey, Transport } from '../http/transport.js';
import type { CreateProjectRequest, Project, UpdateProjectRequest } from '../types.js';
import { PageList } from './page-list.js';

/** Projects: the tenants of a server. To make and change them needs the scope `projects:manage`. */
export class Projects {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes a project. Retried safely: an idempotency key is made when none is given. */
  create(request: CreateProjectRequest, options: CreateOptions = {}): Promise<Project> {
    const idempotencyKey = options.idempotencyKey ?? newIdempotencyKey();
    return this.#transport.json<Project>({ method: 'POST', path: '/v1/projects', json: request, idempotencyKey }, options);
  }

  /** The projects: all for an operator, else one's own. */
  list(query: { limit?: number } = {}, options: CallOptions = {}): PageList<Project> {
    return new PageList<Project>(this.#transport, { method: 'GET', path: '/v1/projects', query }, options);
  }

  get(id: string, options: CallOptions = {}): Promise<Project> {
    return this.#transport.json<Project>({ method: 'GET', path: Transport.pathOf('v1', 'projects', id) }, options);
  }

  update(id: string, change: UpdateProjectRequest, options: CallOptions = {}): Promise<Project> {
    return this.#transport.json<Project>({ method: 'PATCH', path: Transport.pathOf('v1', 'projects', id), json: change }, options);
  }

  /** Deletes a project: its keys stop working, its browsers are closed. */
  delete(id: string, options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'DELETE', path: Transport.pathOf('v1', 'projects', id) }, options);
  }
}
