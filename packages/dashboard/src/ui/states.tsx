import { CarrelApiError } from '@carrel/sdk';
import type { ReactNode } from 'react';
import { Button } from './button.js';

/** While something is on its way: says so to those who listen, and holds the place for those who look. */
export function Loading({ rows = 3, what = 'Loading' }: { rows?: number; what?: string }) {
  return (
    <div role="status" className="grid gap-2 py-2">
      <span className="sr-only">{what}…</span>
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <div key={row} aria-hidden="true" className="h-8 motion-safe:animate-pulse rounded-md bg-raised" />
      ))}
    </div>
  );
}

/** What a list says that has nothing in it, and what to do about it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="grid justify-items-center gap-2 rounded-lg border border-dashed border-line px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="grid max-w-md justify-items-center gap-3 text-sm text-balance text-soft">{children}</div>}
      {action !== undefined && <div className="flex flex-wrap justify-center gap-2 pt-2">{action}</div>}
    </div>
  );
}

/** Issues of a request that was malformed, as `invalid_request` has them. */
function issuesOf(error: unknown): string[] {
  const issues = error instanceof CarrelApiError ? error.details.issues : undefined;
  if (!Array.isArray(issues)) return [];
  return issues.map((issue: unknown) => {
    const { path, message } = (typeof issue === 'object' && issue !== null ? issue : {}) as { path?: unknown; message?: unknown };
    return [Array.isArray(path) ? path.join('.') : path, message].filter(Boolean).join(': ');
  });
}

/** What went wrong, in the server's own words, which say what to do. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  const requestId = error instanceof CarrelApiError ? error.requestId : undefined;
  return (
    <div role="alert" className="my-3 grid gap-1 rounded-md border border-alert bg-alert-tint px-3 py-2 text-sm wrap-anywhere">
      <p className="text-alert">{message}</p>
      {issuesOf(error).map((issue) => (
        <p key={issue} className="font-mono text-xs">
          {issue}
        </p>
      ))}
      {requestId !== undefined && <p className="font-mono text-xs text-soft">{requestId}</p>}
      {onRetry && !(error instanceof CarrelApiError && error.status === 404) && (
        <div>
          <Button onClick={onRetry}>Try again</Button>
        </div>
      )}
    </div>
  );
}

/** Something to know before going on. */
export function Note({ children }: { children: ReactNode }) {
  return <div className="my-3 rounded-md border border-line bg-warn-tint px-3 py-2 text-sm wrap-anywhere">{children}</div>;
}
