import { CarrelApiError, CarrelConnectionError, CarrelError } from '@carrel/sdk';
import { CommanderError } from 'commander';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unauthorized: 4,
  unreachable: 5,
  busy: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Shown at the end of `carrel --help`. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  failed: an action on a page, a check of \`doctor\`, or an error that no other code tells
  2  wrong usage or settings, or something is not set up on this machine
  3  there is no such browser, profile, task, session, webhook, key, project or file
  4  no API key, a wrong one, or one that may not do this
  5  no server answers
  6  no place free, a profile or session in use, or the server cannot take this just now: try again later`;

/** Something that the user has to put right before the command can do anything. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const BY_CODE: Record<string, ExitCode> = {
  invalid_request: EXIT.usage,
  unknown_field: EXIT.usage,
  limit_exceeded: EXIT.usage,
  no_exit_available: EXIT.usage,
  end_user_mismatch: EXIT.usage,
  profile_key_missing: EXIT.usage,
  model_not_configured: EXIT.usage,
  invalid_configuration: EXIT.usage,
  chromium_not_found: EXIT.usage,
  not_found: EXIT.notFound,
  unauthorized: EXIT.unauthorized,
  insufficient_scope: EXIT.unauthorized,
  quota_exceeded: EXIT.busy,
  too_many_attempts: EXIT.busy,
  shutting_down: EXIT.busy,
  store_unavailable: EXIT.busy,
  profile_locked: EXIT.busy,
  session_busy: EXIT.busy,
  queue_full: EXIT.busy,
  profile_store_unavailable: EXIT.busy,
};

/** A command that only has others below it was given alone, and its help was shown. */
const SHOWN_HELP = 'commander.help';

/** The exit code that an error ends the command with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 || error.code === SHOWN_HELP ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof CarrelConnectionError) return EXIT.unreachable;
  if (error instanceof CarrelApiError || error instanceof CarrelError || hasCode(error)) return BY_CODE[error.code] ?? EXIT.failed;
  return EXIT.failed;
}

/** Errors of the server's own modules (`serve`, `config`) come with a code of the same catalogue. */
const hasCode = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';
