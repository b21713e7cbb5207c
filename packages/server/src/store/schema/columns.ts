import type { Json } from '@carrel/protocol';
import { customType, pgSchema, timestamp } from 'drizzle-orm/pg-core';

export const carrelSchema = pgSchema('carrel');

// Free data of callers and pages is `json`, not `jsonb`, which refuses strings with U+0000 and with halves of surrogate pairs; pages may hold both.

export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

/** Any JSON value, texts included: the `json` of drizzle parses a text that is JSON itself a second time. */
export const anyJson = <T extends Json>(name: string) =>
  customType<{ data: T; driverData: unknown }>({
    dataType: () => 'json',
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (value) => value as T,
  })(name);

/** Milliseconds, as in the API: what is compared for the order of a list is what the cursor holds. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

export const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });
