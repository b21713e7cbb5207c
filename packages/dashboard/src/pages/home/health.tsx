import { useQuery } from '@tanstack/react-query';
import { carrel } from '../../app/carrel.js';
import { ErrorNote, Loading } from '../../ui/states.js';
import { Status } from '../../ui/status.js';

const NAMES: Record<string, string> = { store: 'Store', chromium: 'Chromium', draining: 'Taking browsers' };

/** Whether browsers can be opened, and if not, why. */
export function Health() {
  const ready = useQuery({ queryKey: ['ready'], queryFn: ({ signal }) => carrel.ready({ signal }) });
  if (ready.isPending) return <Loading rows={1} what="Asking how the server is" />;
  if (ready.isError) return <ErrorNote error={ready.error} onRetry={() => void ready.refetch()} />;
  return (
    <ul aria-label="Health of the server" className="flex flex-wrap gap-x-6 gap-y-1 rounded-lg border border-line bg-panel px-4 py-2.5">
      {Object.entries(ready.data.checks).map(([name, { ok, message }]) => (
        <li key={name} className="text-sm">
          <Status value={ok ? 'running' : 'failed'} label={NAMES[name] ?? name} /> {!ok && <span className="text-soft">{message}</span>}
        </li>
      ))}
    </ul>
  );
}
