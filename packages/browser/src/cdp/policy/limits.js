import { normalize, sep } from 'node:path';
import { isHttp, isNavigable, NAVIGABLE } from '@carrel/protocol';
import { limited, PASS, refusal } from './decision.js';
/** Longer ones are cut in messages. */
const MAX_NAMED_CHARS = 100;
const named = (text) => JSON.stringify(text.length > MAX_NAMED_CHARS ? `${text.slice(0, MAX_NAMED_CHARS)}…` : text);
/**
 * The URL that a page is sent to. What is no string, Chromium refuses by itself; what is no URL is refused here in its words, since only
 * what is understood can be let through.
 */
export const navigation = limited(`only to ${NAVIGABLE}`, (method, { url }) => {
    if (typeof url !== 'string' || url === '' || isNavigable(url))
        return PASS;
    if (!URL.canParse(url))
        return { kind: 'refuse', message: `Cannot navigate to invalid URL ${named(url)}` };
    return refusal(method, `${named(url)} may not be opened; only ${NAVIGABLE} may`);
});
/** A new tab, as many as there may be. */
export const newTab = limited(`only to ${NAVIGABLE}, and only so many at once`, (method, params, whereabouts) => {
    const tooMany = whereabouts.refuseTab?.();
    return tooMany === undefined ? navigation.judge(method, params, whereabouts) : { kind: 'refuse', message: tooMany };
});
/** The URL that the network is asked for. */
export const request = limited('only http: and https: URLs', (method, { url }) => {
    if (typeof url !== 'string' || isHttp(url))
        return PASS;
    return refusal(method, `${named(url)} may not be fetched; only http: and https: URLs may`);
});
/** Whether all of these are paths of files that were put into the browser, whatever links and dots are in them. */
function areUploads(paths, uploadPath) {
    if (!Array.isArray(paths))
        return false;
    const isUpload = (path) => uploadPath !== undefined &&
        typeof path === 'string' &&
        path.startsWith(uploadPath + sep) &&
        normalize(path) === path &&
        !path.endsWith(sep) &&
        !path.includes('\0');
    return paths.every(isUpload);
}
const HOW_TO_UPLOAD = 'a path is one of the machine that the browser runs on, and pages get no files of it. Give the contents instead, as Playwright does by ' +
    'itself over connectOverCDP, or put the file into the browser over the API and use the action `upload`';
export const filesOfInput = limited('only files that were put into the browser over the API: a path is one of the machine that the browser runs on', (method, { files }, { uploadPath }) => (files === undefined || areUploads(files, uploadPath) ? PASS : refusal(method, HOW_TO_UPLOAD)));
/** What a `text/uri-list` (RFC 2483) would send the page to when it is dropped. */
function dropsElsewhere(item) {
    const { mimeType, data } = (item ?? {});
    if (typeof mimeType !== 'string' || typeof data !== 'string' || !/uri-list/i.test(mimeType))
        return false;
    return !data.split(/[\r\n]+/).every((line) => line === '' || line.startsWith('#') || isNavigable(line));
}
/** What is dropped where a page does not expect it is opened, by the browser itself, and files that are dropped can be read. */
export const drag = limited(`only files that were put into the browser over the API, and only ${NAVIGABLE}: what is dropped on a page can be read, or is opened`, (method, params, { uploadPath }) => {
    const { files = [], items = [] } = (params.data ?? {});
    if (!areUploads(files, uploadPath))
        return refusal(method, HOW_TO_UPLOAD);
    if (!Array.isArray(items) || !items.some(dropsElsewhere))
        return PASS;
    return refusal(method, `what is dropped would be opened, and only ${NAVIGABLE} may`);
});
/**
 * With the number that the key has on this platform, full Chromium takes what a page leaves for its own shortcuts (measured in Chromium 156):
 * Ctrl+U opens view-source:, Ctrl+J chrome://downloads, F12 the developer tools. Pages see only the other number.
 */
export const key = limited('without `nativeVirtualKeyCode`: with it, Chromium obeys its own shortcuts, and some of them open pages of the browser itself', (_, params) => {
    if (params.nativeVirtualKeyCode === undefined)
        return PASS;
    const { nativeVirtualKeyCode: _dropped, ...rest } = params;
    return { kind: 'rewrite', params: rest };
});
/** A path of the client's machine means nothing here, and the last client to set one would take the downloads away from all others. */
export const downloadBehavior = limited("downloads go to the browser's own directory, whatever is asked for; `deny` is obeyed", (_, params, { downloadPath }) => {
    if (params.behavior === 'deny' || downloadPath === undefined)
        return PASS;
    return { kind: 'rewrite', params: { ...params, behavior: 'allowAndName', downloadPath } };
});
/** The older command knows no names by GUID: what it allows is allowed already, so that there is nothing to forward. */
export const pageDownloadBehavior = limited('answered and not passed on, except `deny`: downloads are allowed already', (_, { behavior }, { downloadPath }) => (behavior === 'deny' || downloadPath === undefined ? PASS : { kind: 'answer' }));
/** Parameters that open another way out, or one between origins; to leave them out, or empty, is no use of them. */
const CONTEXT_PARAMETERS = [
    ['proxyServer', 'a browser has one way out; give `proxies` when you open the browser'],
    ['proxyBypassList', 'a browser has one way out; give `proxies` when you open the browser'],
    ['originsWithUniversalNetworkAccess', 'it would let pages read what other origins keep to themselves'],
];
export const browserContext = limited('without `proxyServer` and `proxyBypassList`, since a browser has one way out (give `proxies` when you open it), and without ' +
    '`originsWithUniversalNetworkAccess`, with which pages read what other origins keep to themselves', (method, params) => {
    const isUsed = (value) => (Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '');
    const used = CONTEXT_PARAMETERS.find(([name]) => isUsed(params[name]));
    return used === undefined ? PASS : refusal(`${method} with ${used[0]}`, used[1]);
});
export const tracing = limited('not with a Perfetto configuration, nor from the tracing service of the system', (method, params) => {
    if (params.perfettoConfig !== undefined) {
        return refusal(`${method} with perfettoConfig`, 'it can name files of the host; give `traceConfig` instead');
    }
    return params.tracingBackend === 'system'
        ? refusal(`${method} with the backend system`, 'it traces the host; leave `tracingBackend` out')
        : PASS;
});
//# sourceMappingURL=limits.js.map