const MAX_URL_CHARS = 2_048;
/** A URL as it may be written down: without user name and password, and not longer than a log line should be. */
export function loggableUrl(url) {
    if (!URL.canParse(url))
        return url.slice(0, MAX_URL_CHARS);
    const parsed = new URL(url);
    if (parsed.username === '' && parsed.password === '')
        return url.slice(0, MAX_URL_CHARS);
    parsed.username = '';
    parsed.password = '';
    return parsed.href.slice(0, MAX_URL_CHARS);
}
//# sourceMappingURL=events.js.map