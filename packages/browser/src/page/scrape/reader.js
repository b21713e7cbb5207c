import { Worker } from 'node:worker_threads';
import { CarrelError } from '@carrel/protocol';
const MAX_HEAP_MB = 512;
const MAX_STACK_MB = 16;
/** Beside this file once built; tests run from the sources, which a worker cannot. */
const WORKER = import.meta.url.endsWith('.ts')
    ? new URL('../../../dist/page/scrape/reader-worker.js', import.meta.url)
    : new URL('./reader-worker.js', import.meta.url);
/**
 * Turns HTML into Markdown in a thread of its own, so that a page made to be hard to parse can neither hold up other browsers nor use up
 * the memory of the server.
 * @throws {CarrelError} `page_unresponsive` when it takes longer than `timeoutMs` or too much memory
 */
export function readHtml(request, timeoutMs) {
    const worker = new Worker(WORKER, {
        workerData: request,
        resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, stackSizeMb: MAX_STACK_MB },
    });
    const tooHard = (why, cause) => new CarrelError('page_unresponsive', `The page could not be turned into Markdown: ${why}. Read parts of it with \`fields\` instead.`, {
        cause,
    });
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(tooHard(`it took longer than ${Math.round(timeoutMs)} ms`)), timeoutMs);
        worker.once('message', (reading) => resolve(reading));
        worker.once('error', (cause) => reject(tooHard('it is too large or too deeply nested', cause)));
        worker.once('exit', () => {
            clearTimeout(timer);
            reject(tooHard('the reader ended early')); // nothing happens when it has answered before
        });
    }).finally(() => worker.terminate());
}
//# sourceMappingURL=reader.js.map