import { CarrelError, type Image, MAX_PICTURE_SIDE_PX, type PdfRequest } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import { CdpError, type CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import { sessionOf } from './layout.js';
import type { TabState } from './tab.js';

const JPEG_QUALITY = 80;
const MAX_PDF_BYTES = 256 * 1024 * 1024;
const PDF_CHUNK_BYTES = 1024 * 1024;
const MILLIMETRES_PER_INCH = 25.4;

/** Width and height in millimetres. */
const PAPER = {
  A3: [297, 420],
  A4: [210, 297],
  A5: [148, 210],
  Letter: [215.9, 279.4],
  Legal: [215.9, 355.6],
  Tabloid: [279.4, 431.8],
} as const satisfies Record<PdfRequest['format'], readonly [number, number]>;

export interface PictureRequest {
  format: Image['format'];
  quality?: number | undefined;
  /** What to show: the viewport, the whole page, or a part of the viewport's plane in CSS pixels. */
  part: 'viewport' | 'page' | { x: number; y: number; width: number; height: number };
  /** Default: as much as can be drawn. */
  maxSidePx?: number | undefined;
}

export interface Picture {
  bytes: Buffer;
  width: number;
  height: number;
}

/**
 * Takes a picture of a tab, at one pixel for each CSS pixel. What is longer or wider than can be drawn, or than was asked for, is shown
 * up to there, which the height and width of the picture tell.
 */
export async function takePicture(session: CdpSession, tab: TabState, request: PictureRequest, deadline: Deadline): Promise<Picture> {
  const options = sessionOf(tab, deadline);
  const { cssVisualViewport: viewport, cssContentSize: content } = await session.send('Page.getLayoutMetrics', undefined, options);
  const clip = clipOf(request, viewport, content);
  const { data } = await session.send(
    'Page.captureScreenshot',
    {
      format: request.format,
      ...(request.format === 'png' ? {} : { quality: request.quality ?? JPEG_QUALITY }),
      clip: { ...clip, scale: 1 },
      captureBeyondViewport: request.part !== 'viewport',
    },
    sessionOf(tab, deadline),
  );
  return { bytes: Buffer.from(data, 'base64'), width: Math.round(clip.width), height: Math.round(clip.height) };
}

/** The part in coordinates of the document. */
function clipOf(
  { part, maxSidePx = MAX_PICTURE_SIDE_PX }: PictureRequest,
  viewport: Protocol.Page.VisualViewport,
  content: Protocol.DOM.Rect,
) {
  const area = areaOf(part, viewport, content);
  return { ...area, width: Math.min(area.width, maxSidePx), height: Math.min(area.height, maxSidePx) };
}

function areaOf(part: PictureRequest['part'], viewport: Protocol.Page.VisualViewport, content: Protocol.DOM.Rect) {
  if (part === 'viewport') return { x: viewport.pageX, y: viewport.pageY, width: viewport.clientWidth, height: viewport.clientHeight };
  if (part === 'page') return { x: 0, y: 0, width: content.width, height: content.height };
  return { x: part.x + viewport.pageX, y: part.y + viewport.pageY, width: Math.max(1, part.width), height: Math.max(1, part.height) };
}

/** Prints a tab. */
export async function printPdf(session: CdpSession, tab: TabState, request: PdfRequest, deadline: Deadline): Promise<Buffer> {
  const [widthMm, heightMm] = PAPER[request.format];
  const margin = request.marginMm / MILLIMETRES_PER_INCH;
  const printing = session.send(
    'Page.printToPDF',
    {
      landscape: request.landscape,
      printBackground: request.printBackground,
      scale: request.scale,
      paperWidth: widthMm / MILLIMETRES_PER_INCH,
      paperHeight: heightMm / MILLIMETRES_PER_INCH,
      marginTop: margin,
      marginBottom: margin,
      marginLeft: margin,
      marginRight: margin,
      ...(request.pageRanges === undefined ? {} : { pageRanges: request.pageRanges }),
      transferMode: 'ReturnAsStream',
    },
    sessionOf(tab, deadline),
  );
  const { stream } = await printing.catch((error: unknown) => {
    if (!(error instanceof CdpError && /page range|print parameters/i.test(error.message))) throw error;
    const message = `Chromium cannot print this: ${error.message}. Change pageRanges, or marginMm and scale.`;
    throw new CarrelError('invalid_request', message, { cause: error });
  });
  if (stream === undefined) throw new CarrelError('internal', 'Chromium printed no PDF; try again.');
  try {
    return await readStream(session, tab, stream, deadline);
  } finally {
    session.send('IO.close', { handle: stream }, { sessionId: tab.sessionId ?? '' }).catch(() => {
      // The tab has gone, and its stream with it.
    });
  }
}

async function readStream(session: CdpSession, tab: TabState, handle: string, deadline: Deadline): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for (;;) {
    const { data, base64Encoded, eof } = await session.send('IO.read', { handle, size: PDF_CHUNK_BYTES }, sessionOf(tab, deadline));
    const chunk = Buffer.from(data, base64Encoded === true ? 'base64' : 'utf8');
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_PDF_BYTES)
      throw new CarrelError('payload_too_large', `The PDF is larger than ${MAX_PDF_BYTES} bytes; print fewer pages with pageRanges.`);
    chunks.push(chunk);
    if (eof) return Buffer.concat(chunks);
  }
}
