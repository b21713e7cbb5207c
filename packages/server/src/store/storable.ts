import { CarrelError } from '@carrel/protocol';

/** @throws CarrelError `invalid_request` when one of the texts has U+0000, which Postgres cannot keep. */
export function assertStorable(texts: Readonly<Record<string, string | undefined>>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (!text?.includes('\0')) continue;
    throw new CarrelError('invalid_request', `${name} holds the character U+0000. Leave it out.`, {
      details: { issues: [{ path: name, message: 'must not hold U+0000' }] },
    });
  }
}
