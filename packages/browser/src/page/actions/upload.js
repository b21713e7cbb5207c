/// <reference lib="dom" />
import { CarrelError } from '@carrel/protocol';
import mime from 'mime-types';
import { isTimeout } from '../attend.js';
import { ActionFailed, waiting } from './action-context.js';
import { labelOf, locate } from './place.js';
/** Playwright's limit for contents that go through the pipe. */
const MAX_INLINE_BYTES = 50 * 1024 * 1024;
/** How long a click may take to open a file chooser. */
const CHOOSER_MS = 5_000;
async function contentOf(files, name) {
    const { file, stream } = await files.open(name);
    const chunks = [];
    for await (const chunk of stream)
        chunks.push(chunk);
    return { file, buffer: Buffer.concat(chunks) };
}
/** The browser's own files go by their path; as soon as one is given with its content, all go with their contents: an input takes one kind. */
async function filesToUpload(given, files) {
    const names = given.filter((file) => typeof file === 'string');
    const missing = names.find((name) => !files.has(name));
    if (missing !== undefined) {
        throw new ActionFailed('file_not_found', `The browser has no file called ${JSON.stringify(missing)}: put it there first, or give its content.`);
    }
    if (names.length === given.length)
        return Promise.all(names.map((name) => files.pathForUpload(name)));
    const payloads = [];
    for (const file of given) {
        if (typeof file === 'string') {
            const stored = await contentOf(files, file);
            payloads.push({ name: file, mimeType: stored.file.mimeType, buffer: stored.buffer });
        }
        else {
            const mimeType = file.mimeType ?? (mime.lookup(file.name) || 'application/octet-stream');
            payloads.push({ name: file.name, mimeType, buffer: Buffer.from(file.contentBase64, 'base64') });
        }
    }
    if (payloads.reduce((sum, { buffer }) => sum + buffer.length, 0) <= MAX_INLINE_BYTES)
        return payloads;
    throw new CarrelError('payload_too_large', `Files given with their content may have ${MAX_INLINE_BYTES} bytes together: put large ones into the browser's files first.`);
}
/** Runs in the page: whether an element, or what it is the label of, is a file input. */
function isFileInput(element) {
    const field = element instanceof HTMLLabelElement ? element.control : element;
    return field instanceof HTMLInputElement && field.type === 'file';
}
/** Clicks what opens a file chooser, and answers that. */
async function throughChooser(context, page, locator, files, label) {
    const opening = page.waitForEvent('filechooser', {
        timeout: Math.min(CHOOSER_MS, context.deadline.remainingOrOneMs),
        signal: context.signal,
    });
    const [chooser] = await Promise.all([
        opening.catch((error) => {
            if (!isTimeout(error))
                throw error;
            throw new ActionFailed('not_actionable', `${label} is not a file input, and clicking it opened no file chooser.`, error);
        }),
        locator.click({ noWaitAfter: true, ...waiting(context) }),
    ]);
    await chooser.setFiles(files, waiting(context));
}
export const upload = async (action, context) => {
    const files = await filesToUpload(action.files, context.files);
    const page = await context.page();
    const locator = await locate(context, action);
    const label = labelOf(context.tab, action);
    const isInput = await locator.evaluate(isFileInput, undefined, waiting(context));
    if (isInput)
        await locator.setInputFiles(files, { noWaitAfter: true, ...waiting(context) });
    else
        await throughChooser(context, page, locator, files, label);
    const names = action.files.map((file) => JSON.stringify(typeof file === 'string' ? file : file.name));
    return { message: names.length === 0 ? `Cleared the files of ${label}` : `Gave ${names.join(', ')} to ${label}` };
};
//# sourceMappingURL=upload.js.map