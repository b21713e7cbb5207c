import { CarrelError, type ScreenshotRequest } from '@carrel/protocol';
import { boxOf, type ExecuteParts, explain, labelOf, locate } from './actions/index.js';
import { attend, readingError } from './attend.js';
import { takePicture } from './capture.js';
import { Deadline } from './deadline.js';

/**
 * Takes a picture of the viewport, the whole page or one element.
 * @throws {CarrelError} `not_found` (no such tab or element), `page_unresponsive`, `browser_crashed`
 */
export async function takeScreenshot(
  parts: ExecuteParts,
  request: ScreenshotRequest,
  signal?: AbortSignal,
): Promise<{ bytes: Buffer; mimeType: string }> {
  const tab = parts.tabs.get(request.tabId);
  const deadline = new Deadline(request.timeoutMs);
  const { format, quality, ref, selector, fullPage, maxSidePx } = request;
  const place = { ref, selector };
  const hasPlace = ref !== undefined || selector !== undefined;
  const label = labelOf(tab, place);
  const outcome = await attend(tab, deadline, signal, async (stop) => {
    const context = { ...parts, tab, deadline, signal: stop, page: () => parts.playwright.page(tab, deadline, stop) };
    const element = hasPlace ? await boxOf(context, await locate(context, place), label) : undefined;
    return takePicture(parts.session, tab, { format, quality, maxSidePx, part: element ?? (fullPage ? 'page' : 'viewport') }, deadline);
  });
  if (outcome.kind === 'done') return { bytes: outcome.value.bytes, mimeType: `image/${format}` };
  if (outcome.kind === 'failed' && hasPlace && !(outcome.error instanceof CarrelError)) {
    const { failure, message } = explain(outcome.error, label, { isRef: ref !== undefined }, request.timeoutMs);
    if (failure !== 'timeout') throw new CarrelError('not_found', message, { details: { failure, ...place }, cause: outcome.error });
  }
  throw readingError(outcome, tab, 'Taking the screenshot', request.timeoutMs);
}
