import { z } from 'zod';
import type { Scope } from '../admin.js';
import { browserId } from '../browsers.js';
import type { ErrorCode } from '../errors.js';

/** An answer that is not JSON: its content types. */
export interface BinaryResponse {
  readonly binary: readonly string[];
}

/** One call of the API. The server, the OpenAPI document, the SDK's types and the docs are all made from these. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `:name` parameters. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** What the caller's API key needs; `any`: it needs to be one; null: open to all. */
  readonly scope: Scope | 'any' | null;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The body is raw bytes, not JSON. */
  readonly rawBody?: true;
  /** Honours `Idempotency-Key`. */
  readonly idempotent?: true;
  /** Fields of the answer that a replay by `Idempotency-Key` leaves out. */
  readonly notReplayed?: readonly string[];
  readonly status: number;
  /** Further statuses that answer with the same body. */
  readonly otherStatuses?: readonly number[];
  /** Left out: the answer has no body. */
  readonly response?: z.ZodType | BinaryResponse;
  /** Can also answer as a stream of server-sent events. */
  readonly stream?: true;
  /** Error codes beyond those that any call may answer. */
  readonly errors: readonly ErrorCode[];
}

export const ofBrowser = z.strictObject({ id: browserId });
/** Whatever needs the browser itself. */
export const onBrowser = ['not_found', 'browser_not_running', 'browser_elsewhere'] as const satisfies readonly ErrorCode[];
export const onPage = [...onBrowser, 'browser_crashed', 'page_unresponsive'] as const satisfies readonly ErrorCode[];
/** Whatever reads a version of a profile. */
export const onArchive = [
  'profile_damaged',
  'profile_foreign',
  'profile_hostile',
  'profile_key_missing',
  'profile_store_unavailable',
] as const satisfies readonly ErrorCode[];
/** Whatever opens a browser of its own to do it. */
export const onLaunch = [
  'quota_exceeded',
  'isolation_unavailable',
  'launch_failed',
  'chromium_not_found',
  'browser_crashed',
] as const satisfies readonly ErrorCode[];
export const route = <const R extends RouteContract>(contract: R): R => contract;
