import { CarrelError, fileName } from '@carrel/protocol';
const MAX_NAME_BYTES = 255;
const FALLBACK_NAME = 'download';
/** @throws {CarrelError} `invalid_request` when this is not a plain file name */
export function checkedName(name) {
    const parsed = fileName.safeParse(name);
    if (parsed.success)
        return parsed.data;
    throw new CarrelError('invalid_request', `The file name ${parsed.error.issues[0]?.message ?? 'is not valid'}.`, {
        details: { name: name.slice(0, 300) },
    });
}
/**
 * A plain file name made from what a page suggests. Letters of any script stay; separators, control characters and the invisible characters
 * that reverse text do not: with them `exe.gpj` reads as `jpg.exe`.
 */
export function safeName(suggested) {
    const plain = suggested
        .replaceAll(/[/\\\p{Cc}\p{Cs}]/gu, '_')
        .replaceAll(/[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, '')
        .trim();
    const isUsable = plain !== '' && plain !== '.' && plain !== '..';
    return shorten(isUsable ? plain : FALLBACK_NAME, '');
}
/** A name that is not taken: `a.txt`, `a (1).txt`, `a (2).txt`, … */
export function freeName(wanted, isTaken) {
    let name = wanted;
    for (let count = 1; isTaken(name); count += 1)
        name = shorten(wanted, ` (${count})`);
    return name;
}
/** Puts `mark` before the extension, and takes as much from the stem as keeps the name within 255 bytes. */
function shorten(name, mark) {
    const dot = name.lastIndexOf('.');
    const hasExtension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= 32;
    const extension = hasExtension ? name.slice(dot) : '';
    let stem = [...(hasExtension ? name.slice(0, dot) : name)];
    const room = MAX_NAME_BYTES - Buffer.byteLength(mark + extension);
    while (Buffer.byteLength(stem.join('')) > room)
        stem = stem.slice(0, -1);
    return stem.join('') + mark + extension;
}
//# sourceMappingURL=names.js.map