import { directoryBelow, readLevelDb } from '../leveldb/index.js';
import { chromiumTimeMs } from '../survey/chromium-time.js';
import { fieldOf, numberOf, textOf } from '../survey/protobuf.js';
import { digestOf } from './digest.js';

/** Fields of ServiceWorkerRegistrationData (components/services/storage/service_worker/service_worker_database.proto). */
export const REGISTRATION = { id: 1, scope: 2, script: 3, versionId: 4, lastUpdateCheck: 7 } as const;
/** Fields of ServiceWorkerResourceRecord. */
export const RESOURCE = { id: 1, url: 2, bytes: 3, sha256: 4 } as const;

/** Rows, by their keys as Latin-1 text. */
type Rows = ReadonlyMap<string, Buffer>;

export interface Registration {
  /** Serialized: `https://a.example/`. */
  storageKey: string;
  id: number;
  versionId: number;
  value: Buffer;
  resources: { id: number; value: Buffer }[];
  /** What a page keeps with it, push subscriptions among them. */
  userData: { name: string; value: Buffer }[];
  digest: string;
  changedAtMs: number;
}

export interface ServiceWorkers {
  registrations: Registration[];
  schemaVersion: string;
  /** The smallest ids that were never used. */
  nextIds: { registration: number; version: number; resource: number };
}

/** Undefined where there never was one. */
export function readServiceWorkers(profile: string): ServiceWorkers | undefined {
  const directory = directoryBelow(profile, 'Service Worker', 'Database');
  if (directory === undefined) return undefined;
  const rows = readLevelDb(directory, (_, value) => Buffer.from(value));
  const registrations: Registration[] = [];
  for (const [key, value] of rows) {
    const storageKey = /^REG:([^\0]+)\0\d+$/.exec(key)?.[1];
    if (storageKey !== undefined) registrations.push(registrationOf(storageKey, value, rows));
  }
  const nextId = (name: string) => Number(rows.get(`INITDATA_NEXT_${name}_ID`)?.toString('latin1') ?? 0);
  return {
    registrations,
    schemaVersion: rows.get('INITDATA_DB_VERSION')?.toString('latin1') ?? '',
    nextIds: { registration: nextId('REGISTRATION'), version: nextId('VERSION'), resource: nextId('RESOURCE') },
  };
}

function registrationOf(storageKey: string, value: Buffer, rows: Rows): Registration {
  const id = numberOf(value, REGISTRATION.id);
  const versionId = numberOf(value, REGISTRATION.versionId);
  const resources = startingWith(rows, `RES:${versionId}\0`).map(([, value]) => ({ id: numberOf(value, RESOURCE.id), value }));
  const userData = startingWith(rows, `REG_USER_DATA:${id}\0`).map(([name, value]) => ({ name, value }));
  const lastUpdateCheck = fieldOf(value, REGISTRATION.lastUpdateCheck);
  return {
    storageKey,
    id,
    versionId,
    value,
    resources,
    userData,
    digest: digestOf([
      textOf(value, REGISTRATION.scope),
      textOf(value, REGISTRATION.script),
      ...resources.map(({ value }) => digestOf([textOf(value, RESOURCE.url), String(fieldOf(value, RESOURCE.sha256) ?? '')])).sort(),
      ...userData.flatMap(({ name, value }) => [name, value]),
    ]),
    changedAtMs: typeof lastUpdateCheck === 'bigint' ? chromiumTimeMs(lastUpdateCheck) : 0,
  };
}

/** What follows the prefix, and the values. */
const startingWith = (rows: Rows, prefix: string) =>
  [...rows].filter(([key]) => key.startsWith(prefix)).map(([key, value]): [string, Buffer] => [key.slice(prefix.length), value]);
