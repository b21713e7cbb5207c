import { NETWORK_FAILURES, type NetworkFailure } from '@carrel/protocol';

/** A request of a page that is refused or has failed. The message is for whoever reads the page that stands in for the answer. */
export class EgressFailure extends Error {
  override readonly name = 'EgressFailure';
  readonly code: NetworkFailure;

  constructor(code: NetworkFailure, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }

  get status(): number {
    return NETWORK_FAILURES[this.code].status;
  }

  /** A rule forbids it; trying again is no use. */
  get isRefusal(): boolean {
    return this.status === 403;
  }
}

/** What broke, as a failure. */
export function toFailure(error: unknown): EgressFailure {
  if (error instanceof EgressFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new EgressFailure('unreachable', `The connection failed: ${message}.`, { cause: error });
}
