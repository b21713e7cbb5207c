import { isIP } from 'node:net';
import type { Protocol } from 'devtools-protocol';
import { sessionOf } from '../layout.js';
import { type ActionContext, ActionFailed } from './action-context.js';

const CHUNK_BYTES = 1024 * 1024;

export interface FetchedFile {
  name: string;
  mimeType?: string;
  body: AsyncIterable<Uint8Array>;
}

/**
 * Fetches a URL the way the page in the tab would, with its cookies and through the browser's own connection, whatever the content is and
 * without leaving the page.
 */
export async function fetchFile(context: ActionContext, url: string): Promise<FetchedFile> {
  if (url.startsWith('data:')) return fromDataUrl(url);
  const { session, tab, deadline } = context;
  const { resource } = await session.send(
    'Network.loadNetworkResource',
    { frameId: tab.mainFrameId, url, options: { disableCache: false, includeCredentials: true } },
    sessionOf(tab, deadline),
  );
  const status = resource.httpStatusCode;
  if (!resource.success || resource.stream === undefined) {
    const why = status === undefined ? (resource.netErrorName ?? 'the network failed') : `the host answered with HTTP ${status}`;
    throw new ActionFailed('download_failed', `The file could not be fetched: ${why}.`);
  }
  const header = headerOf(resource.headers);
  const mimeType = header('content-type')?.split(';')[0]?.trim();
  return {
    name: nameInDisposition(header('content-disposition') ?? '') ?? nameInUrl(url),
    ...(mimeType ? { mimeType } : {}),
    body: readChunks(context, resource.stream),
  };
}

const headerOf = (headers: Protocol.Network.Headers | undefined) => (name: string) => {
  const found = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return found === undefined ? undefined : String(found[1]);
};

async function* readChunks({ session, tab, deadline, signal }: ActionContext, handle: string): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      signal.throwIfAborted();
      const { data, base64Encoded, eof } = await session.send('IO.read', { handle, size: CHUNK_BYTES }, sessionOf(tab, deadline));
      if (data !== '') yield Buffer.from(data, base64Encoded === true ? 'base64' : 'utf8');
      if (eof) return;
    }
  } finally {
    session.send('IO.close', { handle }, { sessionId: tab.sessionId ?? '' }).catch(() => {
      // The tab has gone, and its stream with it.
    });
  }
}

/** `filename*` before `filename` (RFC 6266, section 4.3). */
export function nameInDisposition(disposition: string): string | undefined {
  const extended = /filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  if (extended !== undefined) return decoded(extended);
  const plain = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  return plain === null ? undefined : (plain[1]?.replaceAll(/\\(.)/g, '$1') ?? plain[2]);
}

function nameInUrl(url: string): string {
  const { pathname, hostname } = new URL(url);
  const last = pathname.split('/').findLast((part) => part !== '');
  return last === undefined ? (isIP(hostname) === 0 ? `${hostname}.html` : 'download') : decoded(last);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-encoded UTF-8: taken as it is
  }
}

/** RFC 2397. */
function fromDataUrl(url: string): FetchedFile {
  const match = /^data:([^,]*),([\s\S]*)$/.exec(url);
  if (match === null) throw new ActionFailed('download_failed', 'The data: URL has no comma, so that it holds no data.');
  const [, head = '', data = ''] = match;
  const content = /;\s*base64$/i.test(head) ? Buffer.from(decoded(data), 'base64') : Buffer.from(decoded(data.replace(/#.*$/s, '')));
  const mimeType = head.split(';')[0]?.trim();
  return { name: 'download', ...(mimeType ? { mimeType } : { mimeType: 'text/plain' }), body: only(content) };
}

async function* only(content: Buffer): AsyncGenerator<Uint8Array> {
  yield content;
}
