import type { BrowserKind, Cookie, IdentityRequest } from '@carrel/protocol';

/** A cookie with all that Chromium says of it, as `Storage.setCookies` takes it again. */
export interface KeptCookie extends Cookie {
  priority?: 'Low' | 'Medium' | 'High';
  sourceScheme?: 'Unset' | 'NonSecure' | 'Secure';
  sourcePort?: number;
  /** Of a cookie that belongs to a site within another (CHIPS). */
  partitionKey?: { topLevelSite: string; hasCrossSiteAncestor: boolean };
  /** Unix time in ms: when it was first saved with this value, so at most a checkpoint's interval after it was set. */
  changedAtMs: number;
}

/** What a client said of permissions, as it said it: `Browser.grantPermissions` and `Browser.setPermission` do not name them alike. */
export type KeptPermission =
  /** Grants these and denies all others. */
  | { kind: 'granted'; origin: string | null; permissions: string[] }
  | { kind: 'set'; origin: string | null; permission: KeptPermissionDescriptor; setting: 'granted' | 'denied' | 'prompt' };

export interface KeptPermissionDescriptor {
  name: string;
  sysex?: boolean;
  userVisibleOnly?: boolean;
  allowWithoutSanitization?: boolean;
  allowWithoutGesture?: boolean;
  panTiltZoom?: boolean;
}

/** An open tab. */
export interface KeptTab {
  url: string;
  isActive: boolean;
  /** What the origins in it have in sessionStorage. Only where that was asked for. */
  sessionStorage: { origin: string; entries: [name: string, value: string][] }[];
}

/** What of a browser is kept beside the files of its user-data-dir. The first entry of an archive. */
export interface ProfileState {
  formatVersion: 1;
  /** RFC 3339. */
  savedAt: string;
  kind: BrowserKind;
  browserVersion: string;
  /** All of them, session cookies included; Chromium's own file of cookies is not kept. */
  cookies: KeptCookie[];
  permissions: KeptPermission[];
  /** Who it was to pages, as it can be asked for again. */
  identity: IdentityRequest;
  /** Null: open tabs are not kept. */
  tabs: KeptTab[] | null;
}

/** The plain state of a browser at one moment, for as long as whoever is given it works on it. */
export interface ProfileSnapshot {
  state: ProfileState;
  /** A user-data-dir, or a copy of what is kept of one. What it holds was written by a browser and is not trusted. */
  directory: string;
}

/** An archive that was opened: all of it is whole and ours. */
export interface ProfileArchive extends AsyncDisposable {
  readonly state: ProfileState;
  /**
   * Writes the files into a user-data-dir that is new and empty, as `uid`'s.
   * @throws {CarrelError} `profile_hostile`, `profile_damaged`; the directory then is to be removed
   */
  extract(directory: string, uid: number | undefined): Promise<void>;
}
