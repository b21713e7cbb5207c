/** An address as people write it: what has no scheme is a site. A port is none (`localhost:3000`). */
export const withScheme = (url: string): string => (/^[a-z][a-z0-9+.-]*:(?!\d)/i.test(url.trim()) ? url.trim() : `https://${url.trim()}`);
