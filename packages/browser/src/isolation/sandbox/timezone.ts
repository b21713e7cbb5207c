import { copyFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const ZONES = '/usr/share/zoneinfo';
/** Where a sandbox has the directory, as its browser sees it. */
const DIRECTORY = '/etc/carrel-timezone';

/**
 * The time zone of a sandbox. In it, `/etc/localtime` is a link into a directory that stays the host's, so that the link can be turned to
 * another zone while Chromium runs, which watches it (https://source.chromium.org/chromium/chromium/src/+/main:services/device/time_zone_monitor)
 * and tells all that runs in it. The full browser begins to watch some 5 s after its start.
 */
export class SandboxTimezone {
  /** Of the host. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** @param home the directory of a browser, in which it makes one of its own; @param timezone an IANA name, e.g. `Europe/Berlin` */
  static async make(home: string, timezone: string): Promise<SandboxTimezone> {
    const made = new SandboxTimezone(join(home, 'timezone'));
    await made.change(timezone);
    return made;
  }

  /** The arguments of bubblewrap that put it into the sandbox. */
  get mounts(): string[] {
    return ['--ro-bind', this.directory, DIRECTORY, '--symlink', join(DIRECTORY, 'localtime'), '/etc/localtime'];
  }

  /** Turns to another zone; Chromium hears of it some ms later. */
  async change(timezone: string): Promise<void> {
    // Its name is that of the file, which ICU takes from behind `/zoneinfo/`. A link to the system's file would not do: of two names of one
    // zone, one is a link to the other there.
    const zone = join(this.directory, 'zoneinfo', timezone);
    await mkdir(dirname(zone), { recursive: true });
    // ICU has zones of its own and needs the name alone; the C library would take UTC.
    await copyFile(join(ZONES, timezone), zone).catch(() => writeFile(zone, ''));
    const next = join(this.directory, 'next');
    await symlink(join('zoneinfo', timezone), next);
    await rename(next, join(this.directory, 'localtime'));
  }
}
