import { constants } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
/** Where packages put the program. Not `/usr/bin/chromium`: that is a shell script that adds flags of its own. */
const SYSTEM_PATHS = {
    'headless-shell': [
        '/usr/lib/chromium/chromium-headless-shell',
        '/usr/lib/chromium/headless_shell',
        '/usr/lib64/chromium-browser/headless_shell',
        '/opt/chrome-headless-shell/chrome-headless-shell',
        '/opt/homebrew/bin/chrome-headless-shell',
    ],
    chromium: [
        '/usr/lib/chromium/chromium',
        '/usr/lib64/chromium-browser/chromium-browser',
        '/usr/lib/chromium-browser/chromium-browser',
        '/opt/google/chrome/chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
};
/** Where Playwright's install puts it, below its cache: the folder's prefix, and the paths inside by platform and age. */
const PLAYWRIGHT = {
    'headless-shell': {
        folder: 'chromium_headless_shell-',
        executables: [
            'chrome-headless-shell-linux64/chrome-headless-shell',
            'chrome-headless-shell-linux-arm64/chrome-headless-shell',
            'chrome-linux/headless_shell',
            'chrome-headless-shell-mac-arm64/chrome-headless-shell',
            'chrome-headless-shell-mac-x64/chrome-headless-shell',
            'chrome-mac/headless_shell',
        ],
    },
    chromium: {
        folder: 'chromium-',
        executables: [
            'chrome-linux64/chrome',
            'chrome-linux/chrome',
            'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
            'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
            'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
        ],
    },
};
/** How to get a Chromium of this kind, in commands to paste. */
export function howToInstall(kind) {
    const debian = kind === 'headless-shell' ? 'chromium-headless-shell' : 'chromium';
    const playwright = kind === 'headless-shell' ? 'chromium-headless-shell' : 'chromium';
    const setting = kind === 'headless-shell' ? 'CARREL_HEADLESS_SHELL_PATH' : 'CARREL_CHROMIUM_PATH';
    return [
        `On Debian and Ubuntu: sudo apt-get install -y ${debian} chromium-sandbox chromium-l10n`,
        `Elsewhere: npx playwright-core install ${playwright}`,
        `Or name an executable that you have: ${setting}=/path/to/it`,
    ].join('\n');
}
/**
 * Finds the Chromium of a kind: the setting, then the usual places, then Playwright's cache (newest first).
 * @throws {CarrelError} `chromium_not_found`, with what to do
 */
export async function findChromium(kind, options = {}) {
    if (options.executablePath !== undefined) {
        if (!(await isExecutable(options.executablePath))) {
            throw notFound(kind, `The setting names ${options.executablePath}, which is not a program that this user can run.`);
        }
        return { kind, executablePath: await realpath(options.executablePath), source: 'setting' };
    }
    for (const path of (options.systemPaths ?? SYSTEM_PATHS)[kind]) {
        if (await isExecutable(path))
            return { kind, executablePath: await realpath(path), source: 'system' };
    }
    const cached = await findInPlaywrightCache(kind, options.env ?? process.env);
    if (cached !== undefined)
        return { kind, executablePath: cached, source: 'playwright' };
    throw notFound(kind, `No Chromium of kind ${kind} was found.`);
}
function notFound(kind, what) {
    return new CarrelError('chromium_not_found', `${what}\n${howToInstall(kind)}`, { details: { kind } });
}
async function findInPlaywrightCache(kind, env) {
    const home = env.HOME ?? homedir();
    const roots = [env.PLAYWRIGHT_BROWSERS_PATH, join(home, '.cache/ms-playwright'), join(home, 'Library/Caches/ms-playwright')];
    const { folder, executables } = PLAYWRIGHT[kind];
    for (const root of roots) {
        if (root === undefined || root === '0')
            continue;
        const names = await readdir(root).catch(() => []); // no such folder: nothing was installed there
        const revision = (name) => Number(name.slice(folder.length));
        const newestFirst = names.filter((name) => name.startsWith(folder)).sort((a, b) => revision(b) - revision(a));
        for (const path of newestFirst.flatMap((name) => executables.map((executable) => join(root, name, executable)))) {
            if (await isExecutable(path))
                return path;
        }
    }
    return undefined;
}
/** Directories are executable too, and are no programs. */
async function isExecutable(path) {
    return Promise.all([access(path, constants.X_OK), stat(path)]).then(([, entry]) => entry.isFile(), () => false);
}
//# sourceMappingURL=find.js.map