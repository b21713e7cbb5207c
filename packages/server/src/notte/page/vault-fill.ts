import type { CredentialAlias } from '@carrel/agent';
import type { ActionCall, Done } from './native.js';
import { ActionRefused, type Place } from './place.js';

/** What Notte's clients and models type in place of what a vault has. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  'user@example.org': 'username',
  cooljohnny1567: 'username',
  mycoolpassword: 'password',
  '999779': 'totp',
};

/**
 * Fills in what a placeholder stands for, out of the vault of the session, if the page is one that it belongs to. The value comes to nobody.
 * @returns undefined: the value is none, or the session has no vault
 * @throws {ActionRefused}
 */
export async function fillFromVault(value: string, place: Place, { session, control, signal }: ActionCall): Promise<Done | undefined> {
  const { vault, page, browser } = session;
  const field = Object.hasOwn(PLACEHOLDERS, value) ? PLACEHOLDERS[value] : undefined;
  if (vault === undefined || field === undefined) return undefined;
  if (!('ref' in place))
    throw new ActionRefused('What a vault has is filled in by the id of a field in the last observation, not by a selector.');
  const url = await browser.engine.use(async (pages) => pages.tabs().find(({ active }) => active)?.url ?? '');
  const login = vault.credentials.aliases.find((one) => isFor(one, url) && one.fields.includes(field));
  if (login === undefined) throw new ActionRefused(`The vault has no ${field} for this page: it is filled in only where it belongs.`);
  await control.untilFree(browser.id, 15_000, signal);
  const { success, message } = await page.fillCredential({ alias: login.alias, field, ref: place.ref }, signal);
  return { success, message };
}

/** A guess by the address of the tab; whether it may be filled in is decided by the origin that Chromium gives its document. */
function isFor({ origins, includeSubdomains, domain }: CredentialAlias, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, hostname } = new URL(url);
  return origins.includes(origin) || (includeSubdomains && hostname.endsWith(`.${domain}`));
}
