import { CarrelError, navigableUrl } from '@carrel/protocol';
import mime from 'mime-types';
import { loggableUrl } from '../events.js';
import { type ActionContext, ActionFailed, type Done, type Handler, waiting } from './action-context.js';
import { fetchFile } from './fetch-file.js';
import { labelOf, locate, type Place } from './place.js';

async function byUrl(context: ActionContext, url: string): Promise<Done> {
  if (!navigableUrl.safeParse(url).success || url === 'about:blank') {
    throw new ActionFailed('blocked_url', 'Only http:, https: and data: URLs may be downloaded.');
  }
  const { name, mimeType, body } = await fetchFile(context, url);
  const extension = name.includes('.') || mimeType === undefined ? false : mime.extension(mimeType);
  const suggested = {
    name: extension === false ? name : `${name}.${extension}`,
    url: loggableUrl(url),
    ...(mimeType === undefined ? {} : { mimeType }),
  };
  const file = await context.files.putDownload(suggested, body).catch((error: unknown) => {
    if (!(error instanceof CarrelError)) throw error;
    throw new ActionFailed('download_failed', error.message, error);
  });
  context.downloads.add(file);
  return { message: `Downloaded ${JSON.stringify(file.name)} (${file.sizeBytes} bytes)`, file };
}

async function byClick(context: ActionContext, place: Place): Promise<Done> {
  const { tab, downloads, deadline, signal } = context;
  const locator = await locate(context, place);
  const label = labelOf(tab, place);
  const mark = downloads.mark();
  const { commits } = tab;
  await locator.click({ noWaitAfter: true, ...waiting(context) });
  const hasLeft = () => tab.commits > commits && tab.isContentLoaded;
  const stop = new AbortController();
  const both = AbortSignal.any([stop.signal, signal]);
  const options = { timeoutMs: deadline.remainingMs, signal: both };
  await Promise.race([downloads.watch.until(() => downloads.since(mark).length > 0, options), tab.watch.until(hasLeft, options)]);
  stop.abort();
  const download = downloads.since(mark)[0];
  if (download === undefined) {
    const instead = hasLeft() ? `it opened ${loggableUrl(tab.url)} instead` : `none began within ${deadline.timeoutMs} ms`;
    throw new ActionFailed('download_failed', `Clicking ${label} started no download: ${instead}.`);
  }
  await downloads.watch.until(() => download.state !== 'running', { timeoutMs: deadline.remainingMs, signal });
  if (download.state === 'running') {
    throw new ActionFailed(
      'timeout',
      `The download of ${JSON.stringify(download.name)} was not done within ${deadline.timeoutMs} ms; it goes on, see the list of files.`,
    );
  }
  if (download.file === undefined) {
    throw new ActionFailed(
      'download_failed',
      `The download of ${JSON.stringify(download.name)} failed: ${download.reason ?? 'it was cut off'}.`,
    );
  }
  return { message: `Downloaded ${JSON.stringify(download.file.name)} (${download.file.sizeBytes} bytes)`, file: download.file };
}

export const download: Handler<'download'> = (action, context) =>
  action.url === undefined ? byClick(context, action) : byUrl(context, action.url);
