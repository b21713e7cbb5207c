import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** What opens a URL in the user's browser. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', linux: 'xdg-open' };
/** A browser that has to start first takes a moment until it reads the file. */
const READ_WITHIN_MS = 5_000;

/** What opens URLs here; undefined: nobody would see it. */
export function openerOf({ env, stdout }: { env: NodeJS.ProcessEnv; stdout: { isTTY?: boolean } }): string | undefined {
  const hasDisplay = process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
  return hasDisplay && stdout.isTTY ? OPENERS[process.platform] : undefined;
}

/**
 * Opens a URL that is a secret. Arguments of programs are for all users of the machine to see, so the program is given a file that only this
 * user can read, which leads there. It is in the home directory, where browsers may read that are kept from `/tmp`, and for a moment only.
 * @returns whether the program took it
 */
export async function openPrivately(opener: string, url: string, env: NodeJS.ProcessEnv, readWithinMs = READ_WITHIN_MS): Promise<boolean> {
  const directory = await mkdtemp(join(env.HOME ?? homedir(), 'carrel-sign-in-'));
  try {
    const file = join(directory, 'index.html');
    await writeFile(file, leadingTo(url), { mode: 0o600 });
    const child = spawn(opener, [pathToFileURL(file).href], { stdio: 'ignore', detached: true, env });
    child.unref();
    const isStarted = await once(child, 'spawn').then(
      () => true,
      () => false,
    );
    if (isStarted) await delay(readWithinMs);
    return isStarted;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function leadingTo(url: string): string {
  const escaped = url.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Carrel</title>
<meta http-equiv="refresh" content="0; url=${escaped}"><a href="${escaped}">Sign in to Carrel</a>
`;
}
