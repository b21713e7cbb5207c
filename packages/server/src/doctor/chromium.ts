import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from '@carrel/browser';
import type { BrowserKind } from '@carrel/protocol';
import type { Settings } from '../settings/index.js';
import { type Finding, fail, ok, reasonOf, warn } from './finding.js';
import { runUnprivileged } from './run-program.js';

/** The Chromium that a browser gets by default, and the full one; each found and started once for its version. */
export async function checkChromium(kind: BrowserKind, settings: Settings, env: NodeJS.ProcessEnv): Promise<Finding> {
  const isDefault = kind === 'headless-shell';
  const notGood = isDefault ? fail : warn;
  const executablePath = isDefault ? settings.headlessShellPath : settings.chromiumPath;
  let found: Awaited<ReturnType<typeof findChromium>>;
  try {
    found = await findChromium(kind, { env, executablePath });
  } catch (error) {
    return notGood(kind, reasonOf(error).split('\n')[0] ?? '', await howToGet(kind));
  }
  const result = await runUnprivileged(found.executablePath, ['--version']);
  if (!result.ran) {
    const message = `${found.executablePath} does not start as an unprivileged user: ${result.reason}`;
    return notGood(kind, message, await howToGet(kind));
  }
  return ok(kind, `${result.stdout} at ${found.executablePath} (${found.source})`);
}

/** The one command for this machine. */
async function howToGet(kind: BrowserKind): Promise<string> {
  const name = kind === 'headless-shell' ? 'chromium-headless-shell' : 'chromium';
  if (await hasApt())
    return `${asRoot()}apt-get update && ${asRoot()}apt-get install -y ${name} chromium-sandbox chromium-l10n fonts-liberation`;
  const isRoot = process.getuid?.() === 0;
  // Browsers run as users of their own, which cannot enter /root/.cache.
  return `${isRoot ? 'export PLAYWRIGHT_BROWSERS_PATH=/opt/ms-playwright; ' : ''}npx playwright-core install ${name}`;
}

const asRoot = () => (process.getuid?.() === 0 ? '' : 'sudo ');
const hasApt = () => exists('/usr/bin/apt-get');
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Whether Chromium's own sandbox can work: it needs user namespaces that an unprivileged user may make. (Its setuid helper is no way
 * round: browsers run with no-new-privileges.)
 */
export async function checkSandbox(settings: Settings): Promise<Finding> {
  const name = 'sandbox';
  if (process.platform !== 'linux') return ok(name, 'Chromium uses the sandbox of this system');
  const namespaces = await runUnprivileged('unshare', ['--user', '--pid', '--fork', 'true']);
  if (namespaces.ran) {
    if (!settings.allowNoSandbox) return ok(name, "unprivileged user namespaces work: Chromium's own sandbox is on");
    return warn(
      name,
      "CARREL_ALLOW_NO_SANDBOX turns Chromium's own sandbox off, although it would work here",
      'unset CARREL_ALLOW_NO_SANDBOX',
    );
  }
  if (namespaces.isMissing) {
    return warn(name, 'whether user namespaces work cannot be tried without `unshare`', `${asRoot()}apt-get install -y util-linux`);
  }
  const message = `unprivileged users may make no user namespaces (${namespaces.reason}): Chromium's own sandbox cannot work`;
  if (settings.allowNoSandbox) return warn(name, `${message}; CARREL_ALLOW_NO_SANDBOX lets browsers run without`, await howToAllow());
  return fail(name, message, await howToAllow());
}

async function howToAllow(): Promise<string> {
  const sysctls = [
    'kernel.apparmor_restrict_unprivileged_userns=0',
    'kernel.unprivileged_userns_clone=1',
    'user.max_user_namespaces=15000',
  ];
  for (const setting of sysctls) {
    const [key = ''] = setting.split('=');
    if (await exists(`/proc/sys/${key.replaceAll('.', '/')}`)) return `${asRoot()}sysctl -w ${setting}`;
  }
  return 'Start the container with a seccomp profile that allows user namespaces, e.g. docker run --security-opt seccomp=unconfined';
}

/** Fonts: without any, pages show boxes, and Chromium may not start at all. */
export async function checkFonts(env: NodeJS.ProcessEnv): Promise<Finding> {
  const name = 'fonts';
  if (process.platform !== 'linux') return ok(name, 'the fonts of this system');
  const home = env.HOME ?? homedir();
  const roots = ['/usr/share/fonts', '/usr/local/share/fonts', join(home, '.fonts'), join(home, '.local/share/fonts')];
  let count = 0;
  for (const root of roots) {
    const files = await readdir(root, { recursive: true }).catch(() => []); // No such folder: no fonts there.
    count += files.filter((file) => /\.(ttf|otf|ttc|woff2?|pfb)$/i.test(file)).length;
  }
  if (count > 0) return ok(name, `${count} font files`);
  const command = (await hasApt())
    ? `${asRoot()}apt-get install -y fonts-liberation fonts-noto-core`
    : 'Install the Liberation and Noto fonts.';
  return warn(name, 'no fonts are installed: text will be shown as boxes', command);
}

/** `setpriv` gives browsers a uid of their own when the server runs as root, and ties children to the life of the server. */
export async function checkSetpriv(): Promise<Finding> {
  const name = 'setpriv';
  if (process.platform !== 'linux') return ok(name, 'not needed on this system');
  const result = await runUnprivileged('setpriv', ['--version']);
  if (result.ran) return ok(name, result.stdout);
  const mend = `${asRoot()}apt-get install -y util-linux`;
  if (process.getuid?.() === 0) return fail(name, 'running as root needs it, to give every browser a user of its own', mend);
  return warn(name, 'without it, browsers may outlive a server that is killed', mend);
}
