import type { BrowserStatus, EndReason, NetworkTotals } from '@carrel/protocol';
import type { OpenBrowser } from '../../browsers/open-browser.js';
import type { BrowserRecord } from '../../store/index.js';

type SessionStatus = 'active' | 'closed' | 'error' | 'timed_out';

const STATUS: Readonly<Record<Exclude<BrowserStatus, 'closing'>, SessionStatus>> = {
  starting: 'active',
  running: 'active',
  closed: 'closed',
  failed: 'error',
  timed_out: 'timed_out',
};
const CLOSE_REASON: Partial<Record<EndReason['code'], 'manual' | 'idle_timeout' | 'max_duration'>> = {
  closed_by_client: 'manual',
  idle_timeout: 'idle_timeout',
  max_duration: 'max_duration',
};

/** What only whoever may drive the browser is told: both are secrets. */
export interface SessionUrls {
  readonly cdpUrl: string | undefined;
  readonly viewerUrl: string | undefined;
}

/** What a session has sent and got. */
export type Traffic = Pick<NetworkTotals, 'bytesIn' | 'bytesOut'>;

export interface SessionParts {
  readonly traffic: Traffic | undefined;
  /** The browser itself, while it is on this server. */
  readonly live?: OpenBrowser | undefined;
  readonly urls?: SessionUrls | undefined;
}

/** A browser as Notte's clients know a session. */
export function toSession(record: BrowserRecord, { traffic, live, urls }: SessionParts) {
  const { id, status, reason, identity, network, createdAt, endedAt } = record;
  const now = new Date().toISOString();
  const until = endedAt ?? now;
  return {
    session_id: id,
    idle_timeout_minutes: minutes(record.idleTimeoutSeconds),
    timeout_minutes: minutes(record.idleTimeoutSeconds),
    max_duration_minutes: minutes(record.maxDurationSeconds),
    created_at: createdAt,
    closed_at: status === 'closing' ? now : endedAt,
    last_accessed_at: until,
    duration: `PT${((Date.parse(until) - Date.parse(createdAt)) / 1000).toFixed(2)}S`,
    status: statusOf(record),
    close_reason: reason === null ? null : (CLOSE_REASON[reason.code] ?? 'error'),
    error: status === 'failed' ? (reason?.message ?? 'The browser failed.') : null,
    steps: [],
    proxies: network.exit.type === 'proxy',
    browser_type: record.kind === 'chromium' ? 'chrome' : 'chromium',
    use_file_storage: true,
    network_request_bytes: traffic?.bytesOut ?? 0,
    network_response_bytes: traffic?.bytesIn ?? 0,
    user_agent: identity?.userAgent ?? null,
    viewport_width: identity?.viewport.width ?? null,
    viewport_height: identity?.viewport.height ?? null,
    headless: true,
    solve_captchas: live === undefined ? null : live.captchas !== undefined,
    cdp_url: urls?.cdpUrl ?? null,
    viewer_url: urls?.viewerUrl ?? null,
    web_bot_auth: false,
    auth_ids: [],
    system_hidden: false,
  };
}
export type NotteSession = ReturnType<typeof toSession>;

/** What takes no calls any more has ended, for clients: that its processes are not gone yet is nothing to them. */
export function statusOf({ status, reason }: Pick<BrowserRecord, 'status' | 'reason'>): SessionStatus {
  if (status !== 'closing') return STATUS[status];
  return reason?.code === 'idle_timeout' || reason?.code === 'max_duration' ? 'timed_out' : 'closed';
}

/** Whole ones, as Notte counts them. */
const minutes = (seconds: number) => Math.max(1, Math.ceil(seconds / 60));
