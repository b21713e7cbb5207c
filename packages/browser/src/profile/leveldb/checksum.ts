const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** CRC-32C, over the parts as if they were one; Node has only the other CRC-32. */
export function crc32c(...parts: readonly Uint8Array[]): number {
  let value = 0xffffffff;
  for (const part of parts)
    for (let at = 0; at < part.length; at += 1) value = (TABLE[(value ^ (part[at] ?? 0)) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}

/** How LevelDB stores one: bytes that contain checksums are themselves checked (doc/log_format.md). */
export function maskedChecksum(...parts: readonly Uint8Array[]): number {
  const value = crc32c(...parts);
  return (((value >>> 15) | (value << 17)) + MASK_DELTA) >>> 0;
}
