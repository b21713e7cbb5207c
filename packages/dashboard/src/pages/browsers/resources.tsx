import type { Browser, BrowserResources } from '@carrel/sdk';
import type { ReactNode } from 'react';
import { Meter } from '../../ui/meter.js';
import { formatBytes } from '../../ui/time.js';
import { useResources } from './use-resources.js';

const WIDTH = 60;
const HEIGHT = 16;

/** Processor time between measurements, in percent of one processor. */
function cpuPercents(measured: readonly BrowserResources[]): number[] {
  return measured.slice(1).map((now, index) => {
    const before = measured[index] ?? now;
    const elapsedMs = new Date(now.measuredAt).getTime() - new Date(before.measuredAt).getTime();
    // A process that is gone without its parent having noticed takes its time along.
    return elapsedMs <= 0 ? 0 : Math.max(0, ((now.cpuSeconds - before.cpuSeconds) / elapsedMs) * 100_000);
  });
}

function Sparkline({ values }: { values: readonly number[] }) {
  const top = Math.max(10, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map((value, index) => `${(index * step).toFixed(1)},${(HEIGHT - (value / top) * (HEIGHT - 1)).toFixed(1)}`);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="h-4 w-full" aria-hidden="true">
      <polyline points={points.join(' ')} fill="none" className="stroke-accent" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

function Use({ name, value, children }: { name: string; value: string; children?: ReactNode }) {
  return (
    <div className="grid min-w-0 content-start gap-1">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="grid gap-1.5">
        <p className="truncate text-sm font-medium tabular-nums">{value}</p>
        {children}
      </dd>
    </div>
  );
}

/** What a browser that runs uses of its machine, as it goes on. */
export function Resources({ browser }: { browser: Browser }) {
  const measured = useResources(browser);
  const now = measured.at(-1);
  const percents = cpuPercents(measured);
  const percent = percents.at(-1);
  return (
    <dl
      aria-label="Resources"
      className="grid min-h-14 grid-cols-2 gap-x-6 gap-y-3 rounded-lg border border-line bg-panel px-4 py-2.5 shadow-xs sm:grid-cols-4"
    >
      <Use name="Memory" value={now ? `${formatBytes(now.memoryBytes)} of ${formatBytes(now.memoryLimitBytes)}` : '–'}>
        {now && <Meter value={now.memoryBytes} max={now.memoryLimitBytes} />}
      </Use>
      <Use name="Processor" value={percent === undefined || !now ? '–' : `${percent.toFixed(0)} %, ${now.cpuSeconds.toFixed(1)} s in all`}>
        <Sparkline values={percents} />
      </Use>
      <Use name="Processes, threads" value={now ? `${now.processes}, ${now.threads}` : '–'} />
      <Use name="Network" value={now ? `↓ ${formatBytes(now.network.bytesIn)}  ↑ ${formatBytes(now.network.bytesOut)}` : '–'}>
        {now && <p className="truncate text-xs text-soft">{`${now.network.requests} requests, ${now.network.refused} refused`}</p>}
      </Use>
    </dl>
  );
}
