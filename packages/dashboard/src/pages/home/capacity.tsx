import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { carrel } from '../../app/carrel.js';
import { Meter } from '../../ui/meter.js';
import { ErrorNote, Loading } from '../../ui/states.js';
import { formatBytes } from '../../ui/time.js';

interface FigureProps {
  name: string;
  value: number;
  of?: number;
  /** That it is full is as it should be. */
  isGoodWhenFull?: boolean;
  children?: ReactNode;
}

function Figure({ name, value, of, isGoodWhenFull = false, children }: FigureProps) {
  return (
    <div className="grid content-start gap-1 rounded-lg border border-line bg-panel px-4 py-3 shadow-xs">
      <dt className="text-sm text-soft">{name}</dt>
      <dd className="grid gap-1.5">
        <p>
          <span className="text-2xl font-semibold tracking-tight tabular-nums">{value}</span>
          {of !== undefined && <span className="text-sm text-soft tabular-nums"> of {of}</span>}
        </p>
        {of !== undefined && <Meter value={value} max={of} isGoodWhenFull={isGoodWhenFull} />}
        {children !== undefined && <p className="text-xs text-soft">{children}</p>}
      </dd>
    </div>
  );
}

/** How much runs, of how much may; for operators also what the machine can still do. */
export function CapacityOfProject() {
  const capacity = useQuery({ queryKey: ['capacity'], queryFn: ({ signal }) => carrel.capacity({ signal }) });
  if (capacity.isPending) return <Loading rows={2} what="Reading the capacity" />;
  if (capacity.isError) return <ErrorNote error={capacity.error} onRetry={() => void capacity.refetch()} />;
  const { project, server } = capacity.data;
  return (
    <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure name="Browsers open" value={project.browsers} of={project.maxBrowsers}>
        {project.browsers < project.maxBrowsers ? `Room for ${project.maxBrowsers - project.browsers} more` : 'No room for more'}
      </Figure>
      <Figure name="Tasks running" value={project.runningTasks} of={project.maxTasks}>
        {`${project.waitingTasks} waiting, ${project.pausedTasks} paused`}
      </Figure>
      {server && (
        <>
          <Figure name="The machine has room for" value={server.fits}>
            {`${formatBytes(server.memoryBytes.available)} of ${formatBytes(server.memoryBytes.total)} memory free`}
          </Figure>
          <Figure name="Started ahead" value={server.pool.ready} of={server.pool.size} isGoodWhenFull>
            {`Isolation: ${server.isolation.level}`}
          </Figure>
        </>
      )}
    </dl>
  );
}
