/** What is reported for storage of which it cannot be told whose it is. */
export const UNKNOWN_ORIGIN = 'unknown';

/**
 * The text of a storage key (Chromium's blink::StorageKey): `https://a.example` of a page itself, `https://a.example^https://b.example` of a
 * frame in a page of another site. Chromium writes `https://a.example/` and `https://a.example/^0https://b.example`; where it is another
 * sort of key (an opaque one, say), what follows the `^` is left as it is.
 */
export const storageKeyText = (serialized: string) => serialized.replace(/\/(?=$|\^)/, '').replace(/\^0/, '^');

/** `https://example.com` of `https_example.com_0`, as directories are named after origins (storage::GetIdentifierFromOrigin). */
export function originOfIdentifier(identifier: string): string {
  const parts = /^([a-z][a-z0-9+.-]*)_(.*)_(\d{1,5})$/.exec(identifier);
  if (parts === null) return UNKNOWN_ORIGIN;
  const [, scheme = '', host = '', port = ''] = parts;
  const plainHost = host.startsWith('[') ? host.replaceAll('_', ':') : host;
  return `${scheme}://${plainHost}${port === '0' ? '' : `:${port}`}`;
}
