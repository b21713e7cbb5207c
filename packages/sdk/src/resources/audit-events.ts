import type { CallOptions, Transport } from '../http/transport.js';
import type { AuditEvent } from '../types.js';
import { PageList } from './page-list.js';

/** The log of what was done with secrets of the project. Needs the scope `audit:read`. */
export class AuditEvents {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Who took values out of profiles, brought some in, or deleted one; newest first. */
  list(query: { limit?: number } = {}, options: CallOptions = {}): PageList<AuditEvent> {
    return new PageList<AuditEvent>(this.#transport, { method: 'GET', path: '/v1/audit-events', query }, options);
  }
}
