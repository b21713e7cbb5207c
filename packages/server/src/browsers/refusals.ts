import { type Isolation, resolveIdentity } from '@carrel/browser';
import { CarrelError, type IdentityRequest, type IsolationLevel, isolationLevel, type OpenBrowserRequest } from '@carrel/protocol';

/** @throws {CarrelError} `isolation_unavailable` when browsers would be kept in less well than the operator demands */
export function refuseBelow(floor: IsolationLevel, { level, reasons }: Pick<Isolation, 'level' | 'reasons'>): void {
  if (isolationLevel.options.indexOf(level) >= isolationLevel.options.indexOf(floor)) return;
  throw new CarrelError(
    'isolation_unavailable',
    `CARREL_MIN_ISOLATION demands ${floor}, and this machine can only do ${level}: ${reasons.join(' ')}`,
    { details: { level, floor, reasons: [...reasons] } },
  );
}

/** @throws {CarrelError} `identity_contradiction` */
export async function refuseContradictions(
  { kind = 'headless-shell', identity }: OpenBrowserRequest,
  kept: IdentityRequest | undefined,
  isolation: Isolation,
): Promise<void> {
  if (identity === undefined && kept === undefined) return;
  const chromium = await isolation.chromium(kind).catch(() => undefined); // the browser will not start, and say why in its log
  if (chromium !== undefined) resolveIdentity({ asked: identity ?? {}, kept, chromium });
}

/** @throws {CarrelError} `limit_exceeded` */
export function refuseAbove(field: string, value: number, cap: number): void {
  if (value <= cap) return;
  throw new CarrelError('limit_exceeded', `${field} may be at most ${cap} on this server, not ${value}.`, { details: { field, cap } });
}
