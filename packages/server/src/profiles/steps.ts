import type { Logger } from 'pino';

/** A moment of what is done with a profile. Whatever dies there, every version that was there before is still whole. */
export type ProfileStep =
  | 'sealing'
  | 'stored'
  | 'merging'
  | 'merged'
  | 'committing'
  | 'committed'
  | 'pruned'
  | 'key_destroyed'
  | 'archives_deleted'
  | 'deleted';

/** Waits until whoever listens lets it go on. */
export type OnStep = (step: ProfileStep) => Promise<void>;

export function stepsOf(logger: Logger, listener: ((step: ProfileStep) => void | Promise<void>) | undefined): OnStep {
  return async (step) => {
    logger.debug({ step }, `profile: ${step}`);
    await listener?.(step);
  };
}
