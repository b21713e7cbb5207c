import { CarrelError } from '@carrel/protocol';
import { CdpError } from '../cdp/index.js';
import { sessionOf } from './layout.js';
/** Chromium cannot draw surfaces that are larger on a side. */
const MAX_SIDE_PX = 16_384;
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
};
/**
 * Takes a picture of a tab, at one pixel for each CSS pixel. A page longer or wider than 16,384 pixels is shown up to there, which the
 * height and width of the picture tell.
 */
export async function takePicture(session, tab, request, deadline) {
    const options = sessionOf(tab, deadline);
    const { cssVisualViewport: viewport, cssContentSize: content } = await session.send('Page.getLayoutMetrics', undefined, options);
    const clip = clipOf(request.part, viewport, content);
    const { data } = await session.send('Page.captureScreenshot', {
        format: request.format,
        ...(request.format === 'png' ? {} : { quality: request.quality ?? JPEG_QUALITY }),
        clip: { ...clip, scale: 1 },
        captureBeyondViewport: request.part !== 'viewport',
    }, sessionOf(tab, deadline));
    return { bytes: Buffer.from(data, 'base64'), width: Math.round(clip.width), height: Math.round(clip.height) };
}
/** The part in coordinates of the document. */
function clipOf(part, viewport, content) {
    if (part === 'viewport')
        return { x: viewport.pageX, y: viewport.pageY, width: viewport.clientWidth, height: viewport.clientHeight };
    if (part === 'page')
        return { x: 0, y: 0, width: Math.min(content.width, MAX_SIDE_PX), height: Math.min(content.height, MAX_SIDE_PX) };
    return {
        x: part.x + viewport.pageX,
        y: part.y + viewport.pageY,
        width: Math.max(1, Math.min(part.width, MAX_SIDE_PX)),
        height: Math.max(1, Math.min(part.height, MAX_SIDE_PX)),
    };
}
/** Prints a tab. */
export async function printPdf(session, tab, request, deadline) {
    const [widthMm, heightMm] = PAPER[request.format];
    const margin = request.marginMm / MILLIMETRES_PER_INCH;
    const printing = session.send('Page.printToPDF', {
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
    }, sessionOf(tab, deadline));
    const { stream } = await printing.catch((error) => {
        if (!(error instanceof CdpError && /page range|print parameters/i.test(error.message)))
            throw error;
        const message = `Chromium cannot print this: ${error.message}. Change pageRanges, or marginMm and scale.`;
        throw new CarrelError('invalid_request', message, { cause: error });
    });
    if (stream === undefined)
        throw new CarrelError('internal', 'Chromium printed no PDF; try again.');
    try {
        return await readStream(session, tab, stream, deadline);
    }
    finally {
        session.send('IO.close', { handle: stream }, { sessionId: tab.sessionId ?? '' }).catch(() => {
            // The tab has gone, and its stream with it.
        });
    }
}
async function readStream(session, tab, handle, deadline) {
    const chunks = [];
    let sizeBytes = 0;
    for (;;) {
        const { data, base64Encoded, eof } = await session.send('IO.read', { handle, size: PDF_CHUNK_BYTES }, sessionOf(tab, deadline));
        const chunk = Buffer.from(data, base64Encoded === true ? 'base64' : 'utf8');
        sizeBytes += chunk.length;
        if (sizeBytes > MAX_PDF_BYTES)
            throw new CarrelError('payload_too_large', `The PDF is larger than ${MAX_PDF_BYTES} bytes; print fewer pages with pageRanges.`);
        chunks.push(chunk);
        if (eof)
            return Buffer.concat(chunks);
    }
}
//# sourceMappingURL=capture.js.map