import type { BrowserPool } from '@carrel/browser';
import type { StopReason, TaskStatus } from '@carrel/protocol';
import type { Attributes, Counter, Histogram, ObservableResult } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Admission } from '../browsers/admission.js';
import type { OpenBrowser } from '../browsers/open-browser.js';
import type { StoreLoad } from '../store/index.js';
import { observeStore, ProcessMetrics } from './process-metrics.js';

/** The text format that Prometheus reads (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** From a browser that was there to one on a machine that has too much to do. */
const START_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type Traffic = Record<'bytesIn' | 'bytesOut' | 'requests' | 'refused', number>;

/** How many tasks there are. */
export interface TaskCounts {
  running(): number;
  waiting(): Promise<number>;
}

/**
 * What this server counts, over all projects. No label has a value that a caller or a page could choose, so that there are never more series
 * than these.
 */
export class Metrics {
  readonly #exporter = new PrometheusExporter({ preventServerStart: true });
  readonly #provider = new MeterProvider({ readers: [this.#exporter] });
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  readonly #opened: Counter;
  readonly #ended: Counter;
  readonly #tasksEnded: Counter;
  readonly #startSeconds: Histogram;
  readonly #process: ProcessMetrics;
  readonly #browsers = new Set<OpenBrowser>();
  /** How many browsers there are in each state that one was seen in. */
  readonly #series = new Map<string, { count: number; labels: Attributes }>();
  /** Of browsers that are gone. */
  readonly #traffic: Traffic = { bytesIn: 0, bytesOut: 0, requests: 0, refused: 0 };

  constructor() {
    const meter = this.#provider.getMeter('carrel');
    this.#opened = meter.createCounter('carrel_browsers_opened', {
      description: 'Browsers that were opened and could be used, by whether they had been started ahead (warm) or not.',
    });
    this.#ended = meter.createCounter('carrel_browsers_ended', { description: 'Browsers that have ended, by why they did.' });
    this.#tasksEnded = meter.createCounter('carrel_tasks_ended', {
      description: 'Tasks that this server has run to their end, by how and why they ended.',
    });
    this.#startSeconds = meter.createHistogram('carrel_browser_start_seconds', {
      description: 'From the moment that a browser could start until it could be used, by whether it had been started ahead (warm) or not.',
      advice: { explicitBucketBoundaries: START_BUCKETS_SECONDS },
    });
    this.#process = new ProcessMetrics(meter);
    meter
      .createObservableGauge('carrel_cdp_clients', { description: 'CDP clients that are connected to browsers.' })
      .addCallback((result) => result.observe([...this.#browsers].reduce((sum, { engine }) => sum + engine.clientCount, 0)));
    meter
      .createObservableGauge('carrel_browsers_asleep', { description: 'Running browsers that are in standby.' })
      .addCallback((result) => result.observe([...this.#browsers].filter(({ engine }) => engine.standby === 'asleep').length));
    meter
      .createObservableGauge('carrel_browsers', { description: 'Browsers there are, by state, kind and level of isolation.' })
      .addCallback((result) => this.#observeBrowsers(result));
    meter
      .createObservableCounter('carrel_egress_bytes', { description: 'Bytes that browsers received from the network (in) and sent (out).' })
      .addCallback((result) => {
        const { bytesIn, bytesOut } = this.#trafficOfAll();
        result.observe(bytesIn, { direction: 'in' });
        result.observe(bytesOut, { direction: 'out' });
      });
    meter
      .createObservableCounter('carrel_egress_requests', {
        description: 'Requests and tunnels of browsers, by whether a rule refused them.',
      })
      .addCallback((result) => {
        const { requests, refused } = this.#trafficOfAll();
        result.observe(requests - refused, { outcome: 'passed' });
        result.observe(refused, { outcome: 'refused' });
      });
  }

  /** Tells how many tasks there are from now on. */
  watchTasks(tasks: TaskCounts): void {
    const meter = this.#provider.getMeter('carrel');
    meter
      .createObservableGauge('carrel_tasks_running', { description: 'Tasks that this server runs, paused ones included.' })
      .addCallback((result) => result.observe(tasks.running()));
    meter
      .createObservableGauge('carrel_tasks_waiting', { description: 'Tasks that wait for their turn, over all servers of the database.' })
      .addCallback(async (result) => {
        // Without the database nobody knows; the other numbers are told all the same.
        const waiting = await tasks.waiting().catch(() => null);
        if (waiting !== null) result.observe(waiting);
      });
  }

  /** Tells from now on how many browsers are started ahead, and how many requests wait for one to start. */
  watchPool(pool: Pick<BrowserPool, 'counts' | 'size'>, admission: Pick<Admission, 'waiting' | 'refused'>): void {
    const meter = this.#provider.getMeter('carrel');
    meter
      .createObservableGauge('carrel_pool_browsers', { description: 'Browsers that are started ahead for whoever asks next, by state.' })
      .addCallback((result) => {
        const { ready, starting } = pool.counts;
        result.observe(ready, { state: 'ready' });
        result.observe(starting, { state: 'starting' });
      });
    meter
      .createObservableGauge('carrel_pool_size', { description: 'How many browsers may be started ahead (CARREL_POOL_SIZE).' })
      .addCallback((result) => result.observe(pool.size));
    meter
      .createObservableGauge('carrel_admission_waiting', { description: 'Requests that wait until the machine can start their browser.' })
      .addCallback((result) => result.observe(admission.waiting));
    meter
      .createObservableCounter('carrel_admission_refused', { description: 'Requests that were refused because the machine is overloaded.' })
      .addCallback((result) => result.observe(admission.refused));
  }

  /** Tells how the database keeps up from now on. */
  watchStore(store: { readonly load: StoreLoad }): void {
    observeStore(this.#provider.getMeter('carrel'), () => store.load);
  }

  /** Counts a task that this server has run to its end. */
  taskEnded(status: TaskStatus, stopReason: StopReason): void {
    this.#tasksEnded.add(1, { status, reason: stopReason });
  }

  /** Counts a browser from its opening until nothing of it is left. */
  watch(browser: OpenBrowser): void {
    const startedAt = performance.now();
    this.#browsers.add(browser);
    browser.started.then(
      () => {
        const labels = { ...labelsOf(browser), startup: browser.startup };
        this.#opened.add(1, labels);
        this.#startSeconds.record((performance.now() - startedAt) / 1000, labels);
      },
      () => {}, // counted as ended, with the reason
    );
    const forget = () => {
      this.#browsers.delete(browser);
      this.#ended.add(1, { ...labelsOf(browser), reason: browser.engine.reason?.code ?? 'closed_by_client' });
      addTraffic(this.#traffic, browser);
    };
    browser.engine.ended.then(forget, forget);
  }

  /** All of it as text of the type `METRICS_TYPE`. */
  async text(): Promise<string> {
    const { resourceMetrics } = await this.#exporter.collect();
    return this.#serializer.serialize(resourceMetrics);
  }

  async close(): Promise<void> {
    this.#process[Symbol.dispose]();
    await this.#provider.shutdown();
  }

  #observeBrowsers(result: ObservableResult): void {
    // A series that is not observed would stay at what it was.
    for (const series of this.#series.values()) series.count = 0;
    for (const browser of this.#browsers) {
      const labels = { ...labelsOf(browser), status: browser.engine.status };
      const key = Object.values(labels).join(' ');
      const series = this.#series.get(key) ?? { count: 0, labels };
      series.count++;
      this.#series.set(key, series);
    }
    for (const { count, labels } of this.#series.values()) result.observe(count, labels);
  }

  #trafficOfAll(): Traffic {
    const sums = { ...this.#traffic };
    for (const browser of this.#browsers) addTraffic(sums, browser);
    return sums;
  }
}

function addTraffic(sums: Traffic, { engine }: OpenBrowser): void {
  const { totals } = engine.network;
  for (const name of Object.keys(sums) as (keyof Traffic)[]) sums[name] += totals[name];
}

const labelsOf = ({ engine, isolationLevel }: OpenBrowser) => ({ kind: engine.kind, isolation: isolationLevel });
