import { useQuery } from '@tanstack/react-query';
import { carrel } from '../../app/carrel.js';
import { CopyButton } from '../../ui/copy.js';
import { ErrorNote } from '../../ui/states.js';
import { Status } from '../../ui/status.js';

const NAMES: Record<string, string> = { store: 'The store', chromium: 'Chromium', draining: 'Taking browsers' };

/** Where the server is, whether browsers can be opened, and if not, why. */
export function Health({ url }: { url: string }) {
  const ready = useQuery({ queryKey: ['ready'], queryFn: ({ signal }) => carrel.ready({ signal }) });
  if (ready.isError) return <ErrorNote error={ready.error} onRetry={() => void ready.refetch()} />;
  const broken = Object.entries(ready.data?.checks ?? {}).filter(([, { ok }]) => !ok);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
      {ready.data !== undefined && broken.length === 0 && <Status value="running" label="Ready" />}
      {broken.map(([name, { message }]) => (
        <span key={name} className="flex flex-wrap items-baseline gap-x-2">
          <Status value="failed" label={NAMES[name] ?? name} /> {message}
        </span>
      ))}
      <span className="inline-flex items-center gap-1">
        <code className="font-mono text-xs">{url}</code>
        <CopyButton text={url} />
      </span>
    </div>
  );
}
