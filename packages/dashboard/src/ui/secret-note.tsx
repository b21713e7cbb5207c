import type { ReactNode } from 'react';
import { CopyButton } from './copy.js';

/** A secret that is shown this once. */
export function SecretNote({ secret, children }: { secret: string; children: ReactNode }) {
  return (
    <div role="status" className="grid gap-1 rounded-lg border border-line bg-tint px-4 py-3">
      <p className="text-sm font-medium">{children}: keep it now, it is not shown again.</p>
      <p className="flex flex-wrap items-center gap-2">
        <code className="font-mono text-sm break-all">{secret}</code>
        <CopyButton look="plain" text={secret} />
      </p>
    </div>
  );
}
