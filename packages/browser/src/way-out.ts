import { type BrowserEventType, NETWORK_FAILURES, type NetworkRequest } from '@carrel/protocol';
import type { BrowserOptions } from './browser-options.js';
import { EgressPolicy, ForwardProxy } from './egress/index.js';
import type { JsonObject } from './page/index.js';

/** A page may ask for what is refused as often as it likes; the durable log has each refusal once, and not more of them than this. */
const MAX_REFUSALS_LOGGED = 100;

/** The proxy of one browser, which writes in the browser's log what somebody may wonder about later. */
export function openWayOut(egress: BrowserOptions['egress'], emit: (type: BrowserEventType, data: JsonObject) => void): ForwardProxy {
  const logged = new Set<string>();
  const logRefusal = ({ host, port, failure }: NetworkRequest) => {
    const what = `${failure} ${host}:${port}`;
    if (failure === null || NETWORK_FAILURES[failure].status !== 403 || logged.has(what) || logged.size >= MAX_REFUSALS_LOGGED) return;
    logged.add(what);
    emit('network.refused', { host, port, failure });
  };
  return new ForwardProxy({
    policy: new EgressPolicy(),
    ...egress,
    onRequest: (entry) => {
      egress?.onRequest?.(entry);
      logRefusal(entry);
    },
    onExitChanged: (exit, failure) => {
      egress?.onExitChanged?.(exit, failure);
      emit('network.exit_changed', { exit: { ...exit }, message: failure.message });
    },
  });
}
