import type { Protocol } from 'devtools-protocol';
import type { CdpSession } from '../cdp/index.js';
import type { KeptPermission, KeptPermissionDescriptor } from './state.js';

/** What one browser keeps of what it was told; beyond that, the oldest is forgotten. */
const MAX_PERMISSIONS = 500;
/** No origin and no name of a permission is longer. */
const MAX_CHARS = 4096;

const isShort = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_CHARS;

type Told = Readonly<Record<string, unknown>>;

/**
 * What clients said of permissions, in order. Chromium itself forgets it when the client leaves that said it, and at the end at the latest.
 */
export class Permissions {
  #told: KeptPermission[] = [];

  constructor(kept: readonly KeptPermission[] = []) {
    this.#told = [...kept];
  }

  get all(): readonly KeptPermission[] {
    return this.#told;
  }

  /** Hears of a command of a client, which Chromium may still refuse. Those about contexts of a client's own are not kept: neither are those. */
  hear(method: string, { browserContextId, ...params }: Told): void {
    if (browserContextId !== undefined) return;
    if (method === 'Browser.resetPermissions') this.#told = [];
    const kept = asKept(method, params);
    if (kept === undefined) return;
    const key = keyOf(kept);
    // Granting says it of all permissions of the origin, so that nothing said before counts any more.
    const replaces = (old: KeptPermission) => keyOf(old) === key || (kept.kind === 'granted' && old.origin === kept.origin);
    this.#told = [...this.#told.filter((old) => !replaces(old)), kept].slice(-MAX_PERMISSIONS);
  }
}

const keyOf = (kept: KeptPermission) =>
  JSON.stringify([kept.kind, kept.origin, kept.kind === 'set' ? Object.entries(kept.permission).toSorted() : null]);

function asKept(method: string, { origin, permissions, permission, setting }: Told): KeptPermission | undefined {
  if (origin !== undefined && !isShort(origin)) return undefined; // which Chromium refuses
  const of = origin ?? null;
  if (method === 'Browser.grantPermissions' && Array.isArray(permissions)) {
    return { kind: 'granted', origin: of, permissions: permissions.filter(isShort).slice(0, 100) };
  }
  if (method !== 'Browser.setPermission' || !isDescriptor(permission)) return undefined;
  if (setting !== 'granted' && setting !== 'denied' && setting !== 'prompt') return undefined;
  const { name, sysex, userVisibleOnly, allowWithoutSanitization, allowWithoutGesture, panTiltZoom } = permission;
  const flags = Object.entries({ sysex, userVisibleOnly, allowWithoutSanitization, allowWithoutGesture, panTiltZoom });
  return {
    kind: 'set',
    origin: of,
    permission: { name, ...Object.fromEntries(flags.filter(([, value]) => typeof value === 'boolean')) },
    setting,
  };
}

const isDescriptor = (value: unknown): value is KeptPermissionDescriptor =>
  typeof value === 'object' && value !== null && isShort((value as { name?: unknown }).name);

/** Says all of it again. What this Chromium does not know any more is left out; says how many those were. */
export async function restorePermissions(session: CdpSession, permissions: readonly KeptPermission[]): Promise<number> {
  const outcomes = await Promise.allSettled(permissions.map((kept) => restorePermission(session, kept)));
  return outcomes.filter(({ status }) => status === 'rejected').length;
}

async function restorePermission(session: CdpSession, kept: KeptPermission): Promise<void> {
  const of = kept.origin === null ? {} : { origin: kept.origin };
  if (kept.kind === 'granted') {
    await session.send('Browser.grantPermissions', { ...of, permissions: kept.permissions as Protocol.Browser.PermissionType[] });
  } else await session.send('Browser.setPermission', { ...of, permission: kept.permission, setting: kept.setting });
}
