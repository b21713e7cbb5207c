import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';
import type { StoreLoad } from '../store/index.js';

const LOOP_RESOLUTION_MS = 50;
const QUANTILES = { '0.5': 50, '0.99': 99, '1': 100 } as const;

/** What this process does with its time and memory, and how its database keeps up; until it is disposed of. */
export class ProcessMetrics implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(meter: Meter) {
    this.#delay.enable();
    meter
      .createObservableGauge('carrel_event_loop_delay_seconds', {
        description: 'How much later than planned timers of the server came since the last look; quantile 1 is the worst.',
      })
      .addCallback((result) => {
        for (const [quantile, percentile] of Object.entries(QUANTILES)) {
          const nanoseconds = this.#delay.count === 0 ? 0 : this.#delay.percentile(percentile);
          // It counts from one tick to the next.
          result.observe(Math.max(0, nanoseconds / 1e9 - LOOP_RESOLUTION_MS / 1e3), { quantile });
        }
        this.#delay.reset();
      });
    meter
      .createObservableGauge('carrel_event_loop_utilization', {
        description: 'Share of the time since the last look in which the event loop had work, from 0 to 1.',
      })
      .addCallback((result) => {
        const now = performance.eventLoopUtilization();
        result.observe(performance.eventLoopUtilization(now, this.#utilization).utilization);
        this.#utilization = now;
      });
    meter
      .createObservableCounter('carrel_process_cpu_seconds', { description: 'Processor time of the server itself, without its browsers.' })
      .addCallback((result) => {
        const { user, system } = process.cpuUsage();
        result.observe((user + system) / 1e6);
      });
    meter
      .createObservableGauge('carrel_process_memory_bytes', { description: 'Memory of the server itself: resident, and its heap in use.' })
      .addCallback((result) => {
        const { rss, heapUsed } = process.memoryUsage();
        result.observe(rss, { type: 'resident' });
        result.observe(heapUsed, { type: 'heap' });
      });
  }

  [Symbol.dispose](): void {
    this.#delay.disable();
  }
}

/** Tells how the database keeps up. */
export function observeStore(meter: Meter, load: () => StoreLoad): void {
  meter
    .createObservableGauge('carrel_postgres_connections', { description: 'Connections to Postgres, and statements that wait for one.' })
    .addCallback((result) => {
      const { connections, idle, waiting } = load();
      result.observe(connections - idle, { state: 'busy' });
      result.observe(idle, { state: 'idle' });
      result.observe(waiting, { state: 'waited_for' });
    });
  meter
    .createObservableGauge('carrel_postgres_pending_writes', {
      description: 'Rows of browsers and their logs that are not written yet: nobody waits for them.',
    })
    .addCallback((result) => result.observe(load().pendingWrites));
}
