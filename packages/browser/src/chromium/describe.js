import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CarrelError } from '@carrel/protocol';
const TIMEOUT_MS = 10_000;
/** nobody: the program need not be run as root for this. */
const UNPRIVILEGED_ID = 65_534;
const known = new Map();
/**
 * What a Chromium says of itself before it runs. It is asked once for each program, and again when the file has changed.
 * @throws {CarrelError} `launch_failed` when it does not say
 */
export async function describeChromium(executablePath) {
    const { mtimeMs } = await stat(executablePath);
    const key = `${executablePath} ${mtimeMs}`;
    const facts = known.get(key) ?? ask(executablePath);
    known.set(key, facts);
    // Whoever mends what was wrong need not start the server again.
    facts.catch(() => known.delete(key));
    return facts;
}
async function ask(executablePath) {
    const [said, translations] = await Promise.all([versionOf(executablePath), translationsOf(dirname(executablePath))]);
    const [, product, version] = /^(.*\S)\s+(\d+\.\d+\.\d+\.\d+)\b/m.exec(said) ?? [];
    if (product === undefined || version === undefined) {
        throw new CarrelError('launch_failed', `${executablePath} --version said ${JSON.stringify(said.slice(0, 200))}, which names no version.`);
    }
    return { product, version, translations };
}
async function versionOf(executablePath) {
    const account = process.getuid?.() === 0 ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};
    // Some installs keep Chromium's libraries beside it; nothing else of our environment is for it.
    const env = process.env.LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH };
    try {
        const options = { ...account, env, cwd: '/', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' };
        return (await promisify(execFile)(executablePath, ['--version'], options)).stdout;
    }
    catch (cause) {
        const { code, stderr = '' } = cause;
        const how = typeof code === 'number' ? `ended with exit code ${code}` : String(cause);
        throw new CarrelError('launch_failed', `Chromium could not be started: ${executablePath} --version ${how}. ${stderr.slice(-1000)}`, {
            cause,
        });
    }
}
/** Chromium has a file for each translation beside it; without the directory, a headless shell has English built in. */
async function translationsOf(directory) {
    const names = await readdir(join(directory, 'locales')).catch(() => undefined); // no such directory
    if (names !== undefined)
        return names.flatMap((name) => /^([a-z]{2,3}(?:-[A-Z0-9]{2,3})?)\.pak$/.exec(name)?.[1] ?? []);
    const isInstall = await stat(join(directory, 'icudtl.dat')).then(() => true, () => false);
    return isInstall ? ['en-US'] : undefined; // a script round Chromium lies elsewhere
}
//# sourceMappingURL=describe.js.map