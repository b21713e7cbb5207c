import { loadSettings, type Settings } from '../settings/index.js';
import { checkChromium, checkFonts, checkSandbox, checkSetpriv } from './chromium.js';
import { type Finding, fail, ok, reasonOf, warn } from './finding.js';
import { checkIsolation, checkLimits } from './isolation.js';
import { checkDatabase, checkDataDirectory, checkNode, checkPort, checkProfileStore } from './machine.js';

export type { Finding } from './finding.js';

/**
 * Looks at everything that Carrel needs of this machine, and says of each thing how it is and what mends it. It changes nothing.
 *
 * @param env the environment with the server's settings
 * @param cwd the directory whose `carrel.config.json` counts
 */
export async function diagnose(env: NodeJS.ProcessEnv, cwd: string): Promise<Finding[]> {
  const [settings, ...aboutSettings] = checkSettings(env, cwd);
  if (!settings) return [checkNode(), ...aboutSettings];
  const findings = await Promise.all([
    checkChromium('headless-shell', settings, env),
    checkChromium('chromium', settings, env),
    checkSandbox(settings),
    checkIsolation(settings),
    checkLimits(settings),
    checkSetpriv(),
    checkFonts(env),
    checkDatabase(settings),
    checkDataDirectory(settings),
    checkProfileStore(settings),
    checkPort(settings),
  ]);
  return [checkNode(), ...aboutSettings, ...findings];
}

function checkSettings(env: NodeJS.ProcessEnv, cwd: string): [Settings | undefined, ...Finding[]] {
  const name = 'settings';
  try {
    const { settings, file, warnings } = loadSettings(env, cwd);
    const from = file ? `from the environment and ${file}` : 'from the environment';
    if (warnings.length === 0) return [settings, ok(name, from)];
    return [
      settings,
      ...warnings.map((warning) => warn(name, warning, 'Correct the name or unset it: `carrel config` lists all there are')),
    ];
  } catch (error) {
    return [undefined, fail(name, reasonOf(error), 'Correct them: `carrel config` lists all there are')];
  }
}
