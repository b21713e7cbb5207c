import type { Browser, BrowserResources } from '@carrel/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
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
    <div className="grid min-w-0 sm:flex sm:items-center sm:gap-2">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="flex min-w-0 flex-1 items-center gap-2 text-xs tabular-nums">
        <span className="truncate">{value}</span>
        {children && <span className="hidden min-w-0 flex-1 md:block">{children}</span>}
      </dd>
    </div>
  );
}

/** What a browser that runs uses of its machine, as it goes on. */
export function Resources({ browser }: { browser: Browser }) {
  const queryClient = useQueryClient();
  const measured = useResources(browser);
  const now = measured.at(-1);
  const requests = now?.network.requests;
  // Nothing else says that a page has asked for something.
  // biome-ignore lint/correctness/useExhaustiveDependencies: that there is another request is the reason
  useEffect(() => {
    void queryClient.invalidateQueries({ queryKey: ['browser', browser.id, 'network'] });
  }, [queryClient, browser.id, requests]);
  const percents = cpuPercents(measured);
  const percent = percents.at(-1);
  return (
    <dl
      aria-label="Resources"
      className="grid grid-cols-2 gap-x-6 gap-y-1.5 rounded-lg border border-line bg-panel px-4 py-2 lg:grid-cols-[1.2fr_1.2fr_1fr_1fr]"
    >
      <Use name="Memory" value={now ? `${formatBytes(now.memoryBytes)} of ${formatBytes(now.memoryLimitBytes)}` : '–'}>
        {now && <Meter value={now.memoryBytes} max={now.memoryLimitBytes} />}
      </Use>
      <Use name="CPU" value={now ? `${percent === undefined ? '' : `${percent.toFixed(0)} %, `}${now.cpuSeconds.toFixed(1)} s` : '–'}>
        <Sparkline values={percents} />
      </Use>
      <Use name="Processes" value={now ? `${now.processes} (${now.threads} threads)` : '–'} />
      <Use name="Network" value={now ? `↓ ${formatBytes(now.network.bytesIn)} ↑ ${formatBytes(now.network.bytesOut)}` : '–'} />
    </dl>
  );
}
