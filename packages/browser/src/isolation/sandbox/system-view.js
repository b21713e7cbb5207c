import { execFile } from 'node:child_process';
import { lstat, open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { CarrelError } from '@carrel/protocol';
/** Fonts, certificates, locales and zone data, in the places of the usual distributions. */
const DATA_PATHS = [
    '/etc/fonts',
    '/usr/share/fonts',
    '/usr/local/share/fonts',
    '/usr/share/fontconfig',
    '/var/cache/fontconfig', // without it, every browser would index all fonts anew
    '/usr/lib/locale', // of which one, for names of files, is C.UTF-8
    '/etc/ssl/certs',
    '/usr/share/ca-certificates',
    '/usr/local/share/ca-certificates',
    '/etc/pki/ca-trust/extracted',
    '/etc/pki/tls/certs',
    '/usr/share/zoneinfo',
    '/etc/ld.so.cache',
];
const PROGRAM_DIRECTORY = '/opt/browser';
/** What lies beside every Chromium. A directory without any of it is one of all sorts of programs. */
const CHROMIUM_RESOURCES = ['icudtl.dat', 'resources.pak', 'headless_lib_data.pak', 'chrome_100_percent.pak'];
const LOADER_TIMEOUT_MS = 10_000;
const views = new Map();
/**
 * What a program needs of the host's files: itself with what lies beside it, the directories of its libraries, fonts, certificates and zone
 * data. It is worked out once for each program.
 * @throws {CarrelError} `launch_failed` when the program cannot run in a sandbox
 */
export function systemViewOf(executablePath) {
    const known = views.get(executablePath);
    if (known !== undefined)
        return known;
    const view = workOut(executablePath);
    views.set(executablePath, view);
    // Whoever mends what was wrong need not start the server again.
    view.catch(() => views.delete(executablePath));
    return view;
}
async function workOut(executablePath) {
    const directory = dirname(executablePath);
    const isOwnDirectory = (await readdir(directory)).some((name) => CHROMIUM_RESOURCES.includes(name));
    const program = join(PROGRAM_DIRECTORY, basename(executablePath));
    const own = isOwnDirectory ? { from: directory, to: PROGRAM_DIRECTORY } : { from: executablePath, to: program };
    const libraries = await librariesOf(executablePath);
    const outside = libraries.filter((path) => !isOwnDirectory || !isBelow(path, directory));
    const libraryDirectories = withoutNested(await directoriesOf(outside));
    const data = (await Promise.all(DATA_PATHS.map(async (path) => ((await exists(path)) ? [path] : [])))).flat();
    const [links, hidden] = await Promise.all([
        rootLinks(),
        Promise.all(libraryDirectories.map((path) => programsIn(path, outside))).then((found) => found.flat()),
    ]);
    return { program, shown: [own, ...[...libraryDirectories, ...data].map((path) => ({ from: path, to: path }))], links, hidden };
}
/** The loader and the libraries of a program, as absolute paths, as its own loader finds them. */
async function librariesOf(executablePath) {
    const loader = await readInterpreter(executablePath);
    // Only the search path: the loader shall find what it will find in the sandbox.
    const env = process.env.LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH };
    let listing;
    try {
        listing = (await promisify(execFile)(loader, ['--list', executablePath], { env, timeout: LOADER_TIMEOUT_MS })).stdout;
    }
    catch (cause) {
        throw new CarrelError('launch_failed', `The libraries of ${executablePath} cannot be found: ${String(cause)}`, { cause });
    }
    const missing = [...listing.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
    if (missing.length > 0) {
        throw new CarrelError('launch_failed', `${executablePath} needs libraries that are not installed: ${missing.join(', ')}. Install them with your package manager (npx playwright-core install-deps does, for Playwright's Chromium).`);
    }
    return [loader, ...[...listing.matchAll(/(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, path = '']) => path)];
}
const PROGRAM_HEADER_INTERPRETER = 3;
/** The loader that an ELF program of a 64-bit little-endian machine names for itself (elf(5)). */
async function readInterpreter(executablePath) {
    const file = await open(executablePath);
    try {
        const read = async (position, length) => {
            const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
            return buffer.subarray(0, bytesRead);
        };
        const header = await read(0, 64);
        if (header.length === 64 && header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1) {
            const [start, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)];
            const table = await read(start, size * count);
            for (let at = 0; at + 56 <= table.length; at += size) {
                if (table.readUInt32LE(at) !== PROGRAM_HEADER_INTERPRETER)
                    continue;
                const [offset, length] = [Number(table.readBigUInt64LE(at + 8)), Number(table.readBigUInt64LE(at + 32))];
                return (await read(offset, length)).toString('utf8').replace(/\0+$/, '');
            }
        }
    }
    finally {
        await file.close();
    }
    throw new CarrelError('launch_failed', `${executablePath} is not a program that can run in a sandbox, which holds no shell. If it is a script round Chromium, name the program that it starts (CARREL_HEADLESS_SHELL_PATH, CARREL_CHROMIUM_PATH), or do without a sandbox (CARREL_MAX_ISOLATION=process).`);
}
/** Where the files are, and where what they are links to is. */
async function directoriesOf(paths) {
    const found = await Promise.all(paths.map(async (path) => [await realpath(dirname(path)), dirname(await realpath(path))]));
    return [...new Set(found.flat())];
}
const withoutNested = (directories) => directories.filter((directory) => !directories.some((other) => other !== directory && isBelow(directory, other)));
const isBelow = (path, directory) => path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
async function rootLinks() {
    const links = await Promise.all(['/lib', '/lib64'].map(async (path) => (await lstat(path).catch(() => undefined))?.isSymbolicLink() ? [{ path, target: await readlink(path) }] : []));
    return links.flat();
}
/**
 * Programs lie between the libraries: below a directory with one, or beside them. The first-level directory is hidden as a whole, unless
 * a library that is needed lies there.
 */
async function programsIn(directory, needed) {
    const real = await Promise.all(needed.map((path) => realpath(path)));
    const entries = await readdir(directory, { withFileTypes: true });
    const found = await Promise.all(entries.map(async (entry) => {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) {
            const isNeeded = real.some((library) => isBelow(library, path));
            return !isNeeded && (await holdsProgram(path)) ? [{ path, isDirectory: true }] : [];
        }
        return entry.isFile() && (await isProgram(path)) ? [{ path, isDirectory: false }] : [];
    }));
    return found.flat();
}
async function holdsProgram(directory) {
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => []); // closed to us as to the browser
    for (const entry of entries) {
        const path = join(directory, entry.name);
        if (entry.isDirectory() ? await holdsProgram(path) : entry.isFile() && (await isProgram(path)))
            return true;
    }
    return false;
}
/** Most libraries are not executable; those that are do nothing when they are run. */
async function isProgram(path) {
    if (/\.(so(\.[\w.]+)?|a|o|h|py|pm|pl|json|xml|pc|cmake|typelib)$/.test(path))
        return false;
    return stat(path).then(({ mode }) => (mode & 0o111) !== 0, () => false);
}
const exists = (path) => stat(path).then(() => true, () => false);
//# sourceMappingURL=system-view.js.map