import { z } from 'zod';

/**
 * Every error code of Carrel, with its HTTP status and what it means. Messages are written where the error is thrown, so that they
 * can say what happened and what to do; this catalogue is what the documentation and the SDKs list.
 */
export const ERRORS = {
  invalid_request: { status: 400, summary: 'The request is malformed; `details.issues` says where.' },
  unknown_field: { status: 422, summary: 'The request has a field that this server does not know; nothing is accepted and ignored.' },
  unauthorized: { status: 401, summary: 'No valid API key or token was given.' },
  insufficient_scope: { status: 403, summary: 'The API key lacks the scope that this call needs.' },
  forbidden_origin: { status: 403, summary: 'The Origin header names a site that may not call this server.' },
  forbidden_host: { status: 421, summary: 'The Host header names a host that this server does not answer for (DNS rebinding guard).' },
  not_found: { status: 404, summary: 'There is no such resource in this project.' },
  method_not_allowed: { status: 405, summary: 'The path exists, but not with this method.' },
  conflict: { status: 409, summary: 'The resource already exists or changed meanwhile.' },
  browser_not_running: { status: 409, summary: 'The browser has ended or is ending; `details.status` says how.' },
  human_in_control: {
    status: 409,
    summary: 'A person has taken the browser over by a live link, and has not given it back in the time that the call may take.',
  },
  idempotency_key_in_use: { status: 409, summary: 'A request with this Idempotency-Key is still being answered.' },
  idempotency_key_reused: { status: 422, summary: 'This Idempotency-Key was used with a different request.' },
  limit_exceeded: { status: 422, summary: 'A value is above the cap that the operator set; `details` names it.' },
  headers_too_large: { status: 431, summary: 'The URL and the headers together are above their size cap.' },
  request_timeout: { status: 408, summary: 'The request did not arrive in the time that it may take.' },
  payload_too_large: { status: 413, summary: 'The body, file or message is above its size cap.' },
  unsupported_media_type: { status: 415, summary: 'The body has a content type that this call does not take.' },
  quota_exceeded: { status: 429, summary: 'The project has as many browsers open as it may; see Retry-After.' },
  no_exit_available: { status: 422, summary: 'The operator has no proxy such as `proxies` asks for; `details.proxies` repeats that.' },
  identity_contradiction: {
    status: 422,
    summary: 'Something that `identity` asks for cannot be true, or not together with something else; `details.fields` names what.',
  },
  profile_locked: {
    status: 409,
    summary:
      'Another browser may save to this profile; `details` says which. Wait (`waitMs`), only read it, or ask for `onConflict: "merge"`.',
  },
  end_user_mismatch: { status: 422, summary: 'The profile belongs to another end user than the browser.' },
  profile_too_large: {
    status: 413,
    summary: 'The state, or all that the project keeps, is above the cap that the operator set; `details.biggestOrigins` says where it is.',
  },
  profile_damaged: { status: 422, summary: 'What is stored of this version is cut off or was changed; other versions are not touched.' },
  profile_foreign: { status: 422, summary: 'What is stored in the place of this version is something else, or of another profile.' },
  profile_hostile: { status: 422, summary: 'What is stored of this version would write where it must not, or more than it may.' },
  profile_key_missing: { status: 503, summary: 'The master key that this profile is encrypted with is not among those of the server.' },
  profile_store_unavailable: { status: 503, summary: 'The store of profiles cannot be reached at the moment; try again.' },
  too_many_attempts: { status: 429, summary: 'Too many attempts to sign in from this address failed; see Retry-After.' },
  recording_unavailable: { status: 503, summary: 'What is kept of the recording cannot be read: its file is gone or was changed.' },
  recording_export_unavailable: {
    status: 501,
    summary: 'The server has no ffmpeg to make a film of a recording with: have the operator install it, or name it in `CARREL_FFMPEG`.',
  },
  recording_export_failed: { status: 500, summary: 'ffmpeg made no film of the recording; the message has its last words.' },
  session_busy: { status: 409, summary: 'A turn of the session is under way, and `onBusy: "reject"` was asked for.' },
  queue_full: { status: 429, summary: 'As many tasks of the project wait as may; see Retry-After.' },
  model_not_configured: {
    status: 422,
    summary: 'The server has no key, URL or price for a model that the task needs; `details.model` names it.',
  },
  browser_elsewhere: { status: 421, summary: 'Another server of the same database has the browser; `details.url` says where.' },
  needs_model: { status: 422, summary: 'This extraction cannot be done without a language model.' },
  page_unresponsive: { status: 504, summary: 'The page did not answer in time; its scripts may be busy or a dialog may be open.' },
  launch_failed: { status: 503, summary: 'Chromium could not be started; `details` has the reason.' },
  isolation_unavailable: {
    status: 503,
    summary: 'This machine cannot keep browsers in as well as the operator demands; `details.reasons` says why.',
  },
  chromium_not_found: { status: 503, summary: 'No Chromium is installed where the server looks; `carrel doctor` says how to get one.' },
  browser_crashed: { status: 502, summary: 'The browser or tab died while the call was in progress.' },
  store_unavailable: { status: 503, summary: 'The database cannot be reached at the moment; try again.' },
  overloaded: {
    status: 503,
    summary:
      'The machine can start no more browsers, or make no more films of recordings, at the moment; see Retry-After. What runs is not touched.',
  },
  shutting_down: { status: 503, summary: 'The server is draining and takes no new work.' },
  internal: { status: 500, summary: 'A defect in the server; quote `requestId` when you report it.' },
} as const satisfies Record<string, { status: number; summary: string }>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** The body of every answer that is not a success. */
export const errorBody = z
  .object({
    error: z.string().describe('What happened and what to do.'),
    code: z.enum(ERROR_CODES).describe('The kind of error: stable, for programs.'),
    details: z.record(z.string(), z.unknown()).describe('Facts about this case; the keys depend on the code.'),
    requestId: z.string().describe('Names this request in the server log.'),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.infer<typeof errorBody>;

/** The one error class of Carrel: a code of the catalogue, a message that says what happened and what to do, and the cause. */
export class CarrelError extends Error {
  override readonly name = 'CarrelError';
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The HTTP status that goes with the code. */
  get status(): number {
    return ERRORS[this.code].status;
  }
}
