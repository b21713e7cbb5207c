/// <reference lib="dom" />
import { type ActionCall, type Done, native } from './native.js';
import { ActionRefused } from './place.js';

/** Where a value belongs: the token of `autocomplete` that sites mark it with, and words of its name where they do not. */
const FIELDS: Readonly<Record<string, { autocomplete: string; words: readonly string[]; type?: string }>> = {
  title: { autocomplete: 'honorific-prefix', words: ['title', 'salutation'] },
  first_name: { autocomplete: 'given-name', words: ['first_name', 'firstname', 'first-name', 'given'] },
  middle_name: { autocomplete: 'additional-name', words: ['middle'] },
  last_name: { autocomplete: 'family-name', words: ['last_name', 'lastname', 'last-name', 'surname', 'family'] },
  full_name: { autocomplete: 'name', words: ['full_name', 'fullname', 'full-name', 'name'] },
  email: { autocomplete: 'email', words: ['email', 'e-mail'], type: 'email' },
  company: { autocomplete: 'organization', words: ['company', 'organization', 'organisation'] },
  address1: { autocomplete: 'address-line1', words: ['address1', 'address_1', 'address-line1', 'street', 'address'] },
  address2: { autocomplete: 'address-line2', words: ['address2', 'address_2', 'address-line2', 'apartment'] },
  address3: { autocomplete: 'address-line3', words: ['address3', 'address_3', 'address-line3'] },
  city: { autocomplete: 'address-level2', words: ['city', 'town', 'locality'] },
  state: { autocomplete: 'address-level1', words: ['state', 'province', 'region'] },
  postal_code: { autocomplete: 'postal-code', words: ['postal', 'postcode', 'zip'] },
  country: { autocomplete: 'country', words: ['country'] },
  phone: { autocomplete: 'tel', words: ['phone', 'mobile', 'tel'], type: 'tel' },
  cc_name: { autocomplete: 'cc-name', words: ['cardholder', 'card_name', 'cc-name'] },
  cc_number: { autocomplete: 'cc-number', words: ['card_number', 'cardnumber', 'cc-number'] },
  cc_exp_month: { autocomplete: 'cc-exp-month', words: ['exp_month', 'exp-month'] },
  cc_exp_year: { autocomplete: 'cc-exp-year', words: ['exp_year', 'exp-year'] },
  cc_exp: { autocomplete: 'cc-exp', words: ['expiry', 'expiration', 'cc-exp'] },
  cc_cvv: { autocomplete: 'cc-csc', words: ['cvv', 'cvc', 'csc'] },
  username: { autocomplete: 'username', words: ['username', 'user_name', 'login', 'user'] },
  current_password: { autocomplete: 'current-password', words: ['password'], type: 'password' },
  new_password: { autocomplete: 'new-password', words: ['new_password', 'newpassword', 'new-password'], type: 'password' },
  totp: { autocomplete: 'one-time-code', words: ['otp', 'totp', 'one_time', 'verification_code'] },
};
/** Another name that clients have for it. */
const ALIASES: Readonly<Record<string, string>> = { password: 'current_password' };
const NOT_FILLED = 'input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=checkbox]):not([type=radio]):not([type=file])';
const LOOK_MS = 5_000;

/** Fills in several fields of a form, each found by what it is for. */
export async function fillForm(value: Readonly<Record<string, string>>, call: ActionCall): Promise<Done> {
  if (call.session.vault !== undefined)
    throw new ActionRefused('form_fill is not possible in a session with a vault: fill in field by field, by their ids.');
  const names = Object.keys(value).map((name) => ALIASES[name] ?? name);
  const unknown = names.filter((name) => !Object.hasOwn(FIELDS, name));
  if (unknown.length > 0) throw new ActionRefused(`form_fill knows no ${unknown.join(', ')}: it knows ${Object.keys(FIELDS).join(', ')}.`);
  const selectors = names.map(selectorsOf);
  const found = await call.session.page.execute(
    {
      type: 'evaluate',
      expression: `${findFields}`,
      arg: selectors,
      timeoutMs: LOOK_MS,
      ...(call.tabId === undefined ? {} : { tabId: call.tabId }),
    },
    call.signal,
  );
  if (!found.success) return { success: false, message: found.message };
  // The page could answer anything: only which of our own selectors, and whether it is a list, is taken from it.
  const places = Array.isArray(found.value) ? found.value : [];
  const missing = names.filter((_, index) => placeAt(places, index, selectors) === undefined);
  if (missing.length > 0) return { success: false, message: `The page shows no field for ${missing.join(', ')}; nothing was filled in.` };
  for (const [index, text] of Object.values(value).entries()) {
    const place = placeAt(places, index, selectors);
    if (place === undefined) continue;
    const selector = `${place.selector} >> visible=true >> nth=0`;
    const done = await native(place.isList ? { type: 'select', selector, values: [text] } : { type: 'fill', selector, value: text }, call);
    if (!done.success) return { success: false, message: `${names[index]}: ${done.message}` };
  }
  return { success: true, message: `Filled in ${names.join(', ')}` };
}

function placeAt(places: readonly unknown[], index: number, selectors: readonly (readonly string[])[]) {
  const [at, isList] = Array.isArray(places[index]) ? (places[index] as unknown[]) : [];
  const selector = typeof at === 'number' ? selectors[index]?.[at] : undefined;
  return selector === undefined ? undefined : { selector, isList: isList === true };
}

/** The surest first. */
function selectorsOf(name: string): string[] {
  const { autocomplete, words, type } = FIELDS[name] ?? { autocomplete: name, words: [] };
  const kinds = (condition: string) => `${NOT_FILLED}${condition}, select${condition}, textarea${condition}`;
  const attributes = ['name', 'id', 'placeholder', 'aria-label'];
  return [
    kinds(`[autocomplete~="${autocomplete}" i]`),
    ...(type === undefined ? [] : [`input[type=${type}]`]),
    ...words.flatMap((word) => attributes.map((attribute) => kinds(`[${attribute}*="${word}" i]`))),
  ];
}

/** Runs in the page: of each list of selectors, which one first matches something that is shown, and whether that is a select. */
function findFields(lists: string[][]): unknown[] {
  const isShown = (element: Element) => (element as HTMLElement).offsetParent !== null || getComputedStyle(element).position === 'fixed';
  return lists.map((selectors) => {
    const at = selectors.findIndex((selector) => [...document.querySelectorAll(selector)].some(isShown));
    if (at < 0) return null;
    const element = [...document.querySelectorAll(selectors[at] as string)].find(isShown);
    return [at, element?.localName === 'select'];
  });
}
