import type { BrowserKind } from '@carrel/protocol';

const isProof = process.env.CARREL_PROOF === '1';

/** How much to do: `reduced` in `npm test`, `full` in `npm run proof`. */
export const scaled = <T>(reduced: T, full: T): T => (isProof ? full : reduced);

/** Both kinds where that is the point, else in the proof alone: what is the same code for both is tried on the one that starts more quickly. */
export const KINDS_IN_PROOF = scaled<readonly BrowserKind[]>(['headless-shell'], ['headless-shell', 'chromium']);
