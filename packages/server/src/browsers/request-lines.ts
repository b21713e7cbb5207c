import type { BrowserOptions } from '@carrel/browser';
import type { NetworkRequest } from '@carrel/protocol';
import type { Logger } from 'pino';

/** Takes what nobody is to read out of something that is about to be written down. */
export type Redact = <T>(value: T) => T;

/**
 * A line for each request of a browser's; those that the operator may have to do something about stand out.
 * @param note hears of it too
 */
export function trafficLog(
  logger: Logger,
  redact: Redact,
  note: (entry: NetworkRequest) => void,
): Pick<NonNullable<BrowserOptions['egress']>, 'onRequest' | 'onExitChanged'> {
  return {
    onRequest: (plain) => {
      const entry = redact(plain);
      note(entry);
      const { method, host, port, status, failure } = entry;
      logger[failure === 'exit_failed' ? 'warn' : 'debug'](
        { request: entry },
        `${method} ${host}:${port} ${status}${failure === null ? '' : ` ${failure}`}`,
      );
    },
    onExitChanged: (exit, failure) => logger.warn({ exit, err: failure }, 'a browser leaves by another exit from now on'),
  };
}
