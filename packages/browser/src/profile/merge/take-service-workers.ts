import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  appendToLevelDb,
  BYTEWISE_COMPARATOR,
  type Change,
  directoryBelow,
  listDirectory,
  readBounded,
  writeLevelDb,
} from '../leveldb/index.js';
import { withNumbers } from '../survey/protobuf.js';
import { storageKeyText } from '../survey/storage-key.js';
import { copyFile } from './copy.js';
import { entryFile, withKey } from './script-cache.js';
import { REGISTRATION, RESOURCE, type Registration, readServiceWorkers, type ServiceWorkers } from './service-worker-database.js';

const ROOM = 'Service Worker';
const MAX_SCRIPT_BYTES = 256 * 1024 * 1024;
/** A file that says nothing but that the directory is a cache. */
const CACHE_MARK = 'index';

/**
 * Replaces registrations of service workers. They, their versions and their scripts have numbers that both sides gave to different ones: what
 * is taken gets new ones, in the rows and in the files of the scripts. What V8 made of the scripts is left behind, it makes it anew.
 */
export function takeServiceWorkers(from: string, to: string, storageKeys: ReadonlySet<string>): void {
  const [source, target] = [readServiceWorkers(from), readServiceWorkers(to)];
  const isWanted = ({ storageKey }: Registration) => storageKeys.has(storageKeyText(storageKey));
  const theirs = source?.registrations.filter(isWanted) ?? [];
  const mine = target?.registrations.filter(isWanted) ?? [];
  // Rows of another version mean something else; service workers then stay as they are in `to`.
  if (target !== undefined && source !== undefined && target.schemaVersion !== source.schemaVersion) return;
  if (theirs.length + mine.length === 0) return;
  const [scriptsFrom, scriptsTo] = [directoryBelow(from, ROOM, 'ScriptCache'), join(to, ROOM, 'ScriptCache')];
  const changes = mine.flatMap((registration) => removal(registration, scriptsTo));
  const ids = { ...(target?.nextIds ?? { registration: 0, version: 0, resource: 0 }) };
  if (scriptsFrom !== undefined && theirs.length > 0) {
    prepareScripts(scriptsFrom, scriptsTo);
    for (const registration of theirs) changes.push(...addition(registration, ids, scriptsFrom, scriptsTo));
  }
  changes.push(...nextIdRows(ids));
  const database = join(to, ROOM, 'Database');
  if (target !== undefined) appendToLevelDb(database, changes);
  else writeLevelDb(database, BYTEWISE_COMPARATOR, [row('INITDATA_DB_VERSION', source?.schemaVersion ?? ''), ...changes]);
}

const row = (key: string, value?: string | Buffer): Change => ({
  key: Buffer.from(key, 'latin1'),
  value: typeof value === 'string' ? Buffer.from(value, 'latin1') : value,
});

const nextIdRows = (ids: ServiceWorkers['nextIds']) => [
  row('INITDATA_NEXT_REGISTRATION_ID', String(ids.registration)),
  row('INITDATA_NEXT_VERSION_ID', String(ids.version)),
  row('INITDATA_NEXT_RESOURCE_ID', String(ids.resource)),
];

function removal({ storageKey, id, versionId, resources, userData }: Registration, scripts: string): Change[] {
  for (const resource of resources) rmSync(join(scripts, entryFile(String(resource.id))), { force: true });
  return [
    row(`REG:${storageKey}\0${id}`),
    row(`REGID_TO_ORIGIN:${id}`),
    row(`INITDATA_UNIQUE_ORIGIN:${storageKey}`),
    ...resources.map((resource) => row(`RES:${versionId}\0${resource.id}`)),
    ...userData.flatMap(({ name }) => [row(`REG_USER_DATA:${id}\0${name}`), row(`REG_HAS_USER_DATA:${name}\0${id}`)]),
  ];
}

function addition(registration: Registration, ids: ServiceWorkers['nextIds'], scriptsFrom: string, scriptsTo: string): Change[] {
  const { storageKey, value, resources, userData } = registration;
  const present = new Set(listDirectory(scriptsFrom).files);
  // Without its scripts it is of no use, and Chromium would remove it at its first use.
  if (!resources.every((resource) => present.has(entryFile(String(resource.id))))) return [];
  const [id, versionId] = [ids.registration++, ids.version++];
  const changes = [
    row(`INITDATA_UNIQUE_ORIGIN:${storageKey}`, ''),
    row(
      `REG:${storageKey}\0${id}`,
      withNumbers(
        value,
        new Map([
          [REGISTRATION.id, id],
          [REGISTRATION.versionId, versionId],
        ]),
      ),
    ),
    row(`REGID_TO_ORIGIN:${id}`, storageKey),
  ];
  for (const resource of resources) {
    const resourceId = ids.resource++;
    const script = readBounded(join(scriptsFrom, entryFile(String(resource.id))), MAX_SCRIPT_BYTES);
    writeFileSync(join(scriptsTo, entryFile(String(resourceId))), withKey(script, String(resource.id), String(resourceId)));
    changes.push(row(`RES:${versionId}\0${resourceId}`, withNumbers(resource.value, new Map([[RESOURCE.id, resourceId]]))));
  }
  for (const { name, value } of userData) {
    changes.push(row(`REG_USER_DATA:${id}\0${name}`, value), row(`REG_HAS_USER_DATA:${name}\0${id}`, ''));
  }
  return changes;
}

/** Makes the directory one of a cache. Chromium looks what is in it, as no list of that is kept. */
function prepareScripts(scriptsFrom: string, scriptsTo: string): void {
  mkdirSync(scriptsTo, { recursive: true });
  const isMarked = listDirectory(scriptsTo).files.includes(CACHE_MARK);
  if (!isMarked) copyFile(join(scriptsFrom, CACHE_MARK), join(scriptsTo, CACHE_MARK));
}
