/** Node's timers hold no longer delay. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface StandbyOptions {
  /** Without anything to do for this long it is put to sleep, in ms; 0: never. */
  afterMs: number;
  /** Whether something goes on now that sleep would interrupt. */
  isBusy: () => boolean;
  /** A number that grows with what goes on by itself, such as traffic. */
  progress: () => number;
  /** Makes it ready for sleep, which may take a while. */
  settle: () => Promise<void>;
  /** Stops it until what is returned is disposed of, which takes no time. */
  stop: () => Promise<Disposable>;
  onChange: (state: 'asleep' | 'awake') => void;
}

/** Puts a browser to sleep that has nothing to do, and wakes it for whatever comes. */
export class Standby implements Disposable {
  readonly #options: StandbyOptions;
  #calls = 0;
  #lastActivity = performance.now();
  #lastProgress = 0;
  #timer: NodeJS.Timeout | undefined;
  #sleep: Disposable | undefined;
  /** Settled when it has been stopped, or goes on. */
  #stopping: Promise<void> | undefined;
  #isOver = false;

  constructor(options: StandbyOptions) {
    this.#options = options;
  }

  get state(): 'off' | 'asleep' | 'awake' {
    if (this.#options.afterMs === 0) return 'off';
    return this.#sleep === undefined ? 'awake' : 'asleep';
  }

  /** From now on it may be put to sleep. */
  start(): void {
    this.touch();
    this.#arm();
  }

  /** Keeps it awake for as long as a call takes, and for its time after that. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    this.touch();
    try {
      return await this.hold(call);
    } finally {
      this.touch();
    }
  }

  /** Keeps it awake for as long as a call takes that is nobody's, and after which it may sleep as soon as without. */
  async hold<T>(call: () => Promise<T>): Promise<T> {
    this.#calls++;
    try {
      // It goes on again for this call: nothing that the call does, stopping it too, comes between.
      await this.#stopping;
      return await call();
    } finally {
      this.#calls--;
    }
  }

  /** It has something to do: wakes it, and lets it sleep no sooner than after its time. */
  touch(): void {
    this.#lastActivity = performance.now();
    this.#wake();
  }

  /** Wakes it, and lets it sleep no more. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#wake();
  }

  #wake(): void {
    const sleep = this.#sleep;
    if (sleep === undefined) return;
    this.#sleep = undefined;
    sleep[Symbol.dispose]();
    this.#options.onChange('awake');
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { afterMs } = this.#options;
    if (afterMs === 0 || this.#isOver) return;
    const leftMs = Math.max(1, this.#lastActivity + afterMs - performance.now());
    this.#timer = setTimeout(() => void this.#look(), Math.min(leftMs, MAX_TIMER_MS)).unref();
  }

  async #look(): Promise<void> {
    const progress = this.#options.progress();
    if (this.#mustStayAwake() || progress !== this.#lastProgress) this.#lastActivity = performance.now();
    this.#lastProgress = progress;
    if (performance.now() - this.#lastActivity < this.#options.afterMs) return this.#arm();
    await this.#fallAsleep();
  }

  async #fallAsleep(): Promise<void> {
    const begun = this.#lastActivity;
    const isIdle = () => begun === this.#lastActivity && !this.#mustStayAwake();
    const hasSettled = await this.#options.settle().then(
      () => true,
      () => false, // what cannot be put to sleep now is left awake, and tried again
    );
    if (hasSettled && isIdle()) {
      this.#stopping = this.#stop(isIdle);
      await this.#stopping;
      this.#stopping = undefined;
    }
    if (this.#sleep !== undefined) return;
    this.#lastActivity = performance.now();
    this.#arm();
  }

  async #stop(isIdle: () => boolean): Promise<void> {
    const sleep = await this.#options.stop().catch(() => undefined); // as above
    if (sleep === undefined) return;
    if (!isIdle()) return sleep[Symbol.dispose]();
    this.#sleep = sleep;
    this.#options.onChange('asleep');
  }

  #mustStayAwake(): boolean {
    return this.#calls > 0 || this.#isOver || this.#options.isBusy();
  }
}
