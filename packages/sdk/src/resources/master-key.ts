import type { CallOptions, Transport } from '../http/transport.js';
import type { MasterKeyRotation } from '../types.js';

/** The key of the server that wraps the keys of all profiles. Needs the scope `projects:manage`. */
export class MasterKey {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Wraps the keys of all profiles with a new master key, or with the first of `CARREL_MASTER_KEY`. Nothing stops meanwhile. */
  rotate(options: CallOptions = {}): Promise<MasterKeyRotation> {
    return this.#transport.json<MasterKeyRotation>({ method: 'POST', path: '/v1/master-key/rotate' }, options);
  }
}
