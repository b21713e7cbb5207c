import { CarrelError, isHttp } from '@carrel/protocol';
import mime from 'mime-types';
import { loggableUrl } from '../events.js';
import { ActionFailed, waiting } from './action-context.js';
import { forceDownload } from './forced-download.js';
import { labelOf, locate } from './place.js';
/** Waits for a download that has begun. */
async function finish({ downloads, deadline, signal }, download) {
    await downloads.watch.until(() => download.state !== 'running', { timeoutMs: deadline.remainingMs, signal });
    const name = JSON.stringify(download.name);
    if (download.state === 'running') {
        throw new ActionFailed('timeout', `The download of ${name} was not done within ${deadline.timeoutMs} ms; it goes on, see the list of files.`);
    }
    const { file, reason = 'it was cut off' } = download;
    if (file === undefined)
        throw new ActionFailed('download_failed', `The download of ${name} failed: ${reason}.`);
    return { message: `Downloaded ${JSON.stringify(file.name)} (${file.sizeBytes} bytes)`, file };
}
/** RFC 2397. */
async function byDataUrl({ files, downloads }, url) {
    const match = /^data:([^,]*),([^#]*)/i.exec(url);
    if (match === null)
        throw new ActionFailed('download_failed', 'The data: URL has no comma, so that it holds no data.');
    const [, head = '', data = ''] = match;
    // Percent-encoded bytes are bytes, not necessarily UTF-8.
    const bytes = Buffer.from(data.replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1');
    const content = /;\s*base64$/i.test(head) ? Buffer.from(bytes.toString('latin1'), 'base64') : bytes;
    const mimeType = head.split(';')[0]?.trim() || 'text/plain';
    const extension = mime.extension(mimeType);
    const suggested = { name: extension === false ? 'download' : `download.${extension}`, mimeType, url: loggableUrl(url) };
    const file = await files.putDownload(suggested, [content]).catch((error) => {
        throw error instanceof CarrelError ? new ActionFailed('download_failed', error.message, error) : error;
    });
    downloads.add(file);
    return { message: `Downloaded ${JSON.stringify(file.name)} (${file.sizeBytes} bytes)`, file };
}
async function byUrl(context, url) {
    const { downloads, deadline, signal } = context;
    const mark = downloads.mark();
    const refusal = await forceDownload(context, url);
    if (refusal !== undefined)
        throw new ActionFailed('download_failed', `The file could not be fetched: ${refusal}.`);
    await downloads.watch.until(() => downloads.since(mark).length > 0, { timeoutMs: deadline.remainingMs, signal });
    const download = downloads.since(mark)[0];
    if (download === undefined)
        throw new ActionFailed('download_failed', `The download did not begin within ${deadline.timeoutMs} ms.`);
    return finish(context, download);
}
async function byClick(context, place) {
    const { tab, downloads, deadline, signal } = context;
    const locator = await locate(context, place);
    const label = labelOf(tab, place);
    const mark = downloads.mark();
    const { commits } = tab;
    await locator.click({ noWaitAfter: true, ...waiting(context) });
    const hasLeft = () => tab.commits > commits && tab.isContentLoaded;
    const stop = new AbortController();
    const options = { timeoutMs: deadline.remainingMs, signal: AbortSignal.any([stop.signal, signal]) };
    await Promise.race([downloads.watch.until(() => downloads.since(mark).length > 0, options), tab.watch.until(hasLeft, options)]);
    stop.abort();
    const download = downloads.since(mark)[0];
    if (download !== undefined)
        return finish(context, download);
    const instead = hasLeft() ? `it opened ${loggableUrl(tab.url)} instead` : `none began within ${deadline.timeoutMs} ms`;
    throw new ActionFailed('download_failed', `Clicking ${label} started no download: ${instead}.`);
}
export const download = (action, context) => {
    const { url } = action;
    if (url === undefined)
        return byClick(context, action);
    const isData = /^data:/i.test(url);
    if (!isData && !isHttp(url)) {
        return Promise.reject(new ActionFailed('blocked_url', 'Only http:, https: and data: URLs may be downloaded.'));
    }
    return isData ? byDataUrl(context, url) : byUrl(context, url);
};
//# sourceMappingURL=download.js.map