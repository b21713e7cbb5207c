/** From 1601, where Chromium's time begins, to 1970. */
const UNIX_EPOCH_MS = 11_644_473_600_000;

/** Unix time in ms of a time as Chromium has it, in microseconds. */
export const chromiumTimeMs = (microseconds: bigint) => Number(microseconds) / 1000 - UNIX_EPOCH_MS;

/** A Unix time in ms as Chromium has it, in microseconds. */
export const toChromiumTime = (ms: number) => (ms + UNIX_EPOCH_MS) * 1000;
