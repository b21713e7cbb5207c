// A reporter for Vitest that writes down the outcome of each test as it comes, so that the count is there however the run ends; and that
// stops the run in good order when its time is over: tests that run may end, teardowns happen, nothing is left behind.
//
// TEST_OUTCOMES_FILE gets a line for each test, `passed` or `failed`; a file that failed as a whole counts as one test.
// TEST_LIMIT_MS is the time of the run.
import { appendFileSync } from 'node:fs';

export default class CountingReporter {
  #file = process.env.TEST_OUTCOMES_FILE;
  #timer;

  onInit(vitest) {
    const limitMs = Number(process.env.TEST_LIMIT_MS);
    this.#timer = setTimeout(() => {
      this.#write('late');
      vitest.logger.error(`The tests did not end within ${Math.round(limitMs / 60_000)} minutes: those that have not begun are left out.`);
      void vitest.cancelCurrentRun('test-failure');
    }, limitMs);
    this.#timer.unref();
  }

  onTestCaseResult(test) {
    const { state } = test.result();
    if (state === 'passed' || state === 'failed') this.#write(state);
  }

  onTestModuleEnd(module) {
    // It could not be imported, or a hook failed: its tests were not even begun.
    const hasFailedTest = !module.children.allTests('failed').next().done;
    if (!module.ok() && !hasFailedTest) this.#write('failed');
  }

  onTestRunEnd() {
    clearTimeout(this.#timer);
  }

  #write(outcome) {
    if (this.#file) appendFileSync(this.#file, `${outcome}\n`);
  }
}
