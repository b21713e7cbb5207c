const isProof = process.env.CARREL_PROOF === '1';

/** How much to do: `reduced` in `npm test`, `full` in `npm run proof`. */
export const scaled = <T>(reduced: T, full: T): T => (isProof ? full : reduced);
