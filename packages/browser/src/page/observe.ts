import type { Observation, ObserveRequest, PageElement } from '@carrel/protocol';
import type { CdpSession } from '../cdp/index.js';
import { attend, readingError } from './attend.js';
import { takePicture } from './capture.js';
import { Deadline } from './deadline.js';
import { NO_LAYOUT, readLayout } from './layout.js';
import type { PlaywrightLink } from './playwright.js';
import { readMarkdown } from './scrape/index.js';
import { takeSnapshot } from './snapshot.js';
import { renderSnapshot } from './snapshot-text.js';
import type { TabState } from './tab.js';
import type { TabList } from './tabs.js';

export interface ObserveParts {
  session: CdpSession;
  tabs: TabList;
  playwright: PlaywrightLink;
}

const JPEG_QUALITY = 70;

/**
 * What an agent sees of a tab. While a dialog is open the page stands still: then only what the browser itself knows, and the dialog.
 * @throws {CarrelError} `not_found` (no such tab), `page_unresponsive`, `browser_crashed`
 */
export async function observe(parts: ObserveParts, request: ObserveRequest, signal?: AbortSignal): Promise<Observation> {
  const tab = parts.tabs.get(request.tabId);
  const deadline = new Deadline(request.timeoutMs);
  const outcome = await attend(tab, deadline, signal, (stop) => look(parts, tab, request, deadline, stop));
  if (outcome.kind === 'done') return outcome.value;
  await parts.tabs.refresh(tab);
  if (outcome.kind === 'dialog') return standingStill(parts, tab);
  throw readingError(outcome, tab, 'Observing the page', request.timeoutMs);
}

async function look(
  parts: ObserveParts,
  tab: TabState,
  request: ObserveRequest,
  deadline: Deadline,
  stop: AbortSignal,
): Promise<Observation> {
  const { session } = parts;
  const page = await parts.playwright.page(tab, deadline, stop);
  const [snapshot, layout, screenshot, markdown] = await Promise.all([
    takeSnapshot({ session, tab, page, deadline, signal: stop }),
    readLayout(session, tab, deadline),
    request.screenshot ? takePicture(session, tab, { format: 'jpeg', quality: JPEG_QUALITY, part: 'viewport' }, deadline) : undefined,
    request.markdown ? readMarkdown(session, tab, { onlyMainContent: true, maxChars: request.maxSnapshotChars }, deadline) : undefined,
  ]);
  tab.seen = snapshot.seen;
  const refreshed = parts.tabs.refresh(tab); // answered while the text is written
  const text = renderSnapshot(snapshot.nodes, request.maxSnapshotChars);
  const elements: PageElement[] = snapshot.elements.slice(0, request.maxElements);
  await refreshed;
  return {
    metadata: { ...metadataOf(parts, tab), ...layout },
    snapshot: text.text,
    elements,
    truncated: {
      snapshotChars: text.wholeChars,
      elements: snapshot.elements.length - elements.length,
      markdownChars: markdown?.wholeChars ?? 0,
    },
    ...(tab.dialog === undefined ? {} : { dialog: tab.dialog }),
    ...(screenshot === undefined
      ? {}
      : {
          screenshot: { format: 'jpeg', width: screenshot.width, height: screenshot.height, base64: screenshot.bytes.toString('base64') },
        }),
    ...(markdown === undefined ? {} : { markdown: markdown.text }),
  };
}

const metadataOf = ({ tabs }: ObserveParts, tab: TabState) => ({ url: tab.url, title: tab.title, tabId: tab.id, tabs: tabs.list() });

function standingStill(parts: ObserveParts, tab: TabState): Observation {
  return {
    metadata: { ...metadataOf(parts, tab), ...NO_LAYOUT },
    snapshot: '',
    elements: [],
    truncated: { snapshotChars: 0, elements: 0, markdownChars: 0 },
    ...(tab.dialog === undefined ? {} : { dialog: tab.dialog }),
  };
}
