import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
/**
 * What no flag can say to Chromium. Its PDF viewer is an extension, of those that may open any URL in a tab: a debugging client attached to it
 * came to `file:` (Chromium 156, `chrome.tabs.create`). Without it a PDF is a file to download, as it always is in headless-shell.
 */
const PREFERENCES = { plugins: { always_open_pdf_externally: true } };
/** Puts the preferences into a user-data-dir that has none, as `uid`'s. */
export async function writePreferences(userDataDir, uid) {
    const directory = join(userDataDir, 'Default');
    const file = join(directory, 'Preferences');
    await mkdir(directory, { mode: 0o700, recursive: true });
    await writeFile(file, JSON.stringify(PREFERENCES), { mode: 0o600, flag: 'wx' });
    if (uid === undefined)
        return;
    await Promise.all([chown(file, uid, uid), chown(directory, uid, uid)]);
}
//# sourceMappingURL=preferences.js.map