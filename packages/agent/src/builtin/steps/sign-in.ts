import type { CredentialAlias } from '../../model.js';
import type { Instruction } from '../language/instructions.js';
import { likeness } from '../language/words.js';
import { loginFormIn } from '../page-model/forms.js';
import { clickOn } from './act.js';
import { type Call, call, type Move, type Situation } from './move.js';

const ENTRY = /^(?:sign|log) ?in\b|^(?:my )?account$|^(?:members?|customer) (?:sign|log) ?in/i;
const EXIT = /^(?:sign|log) ?out\b/i;

/** Whether a login may be filled in on this page: the same rule as the one that it is held to when it is. */
function isFor({ origins, includeSubdomains }: CredentialAlias, pageUrl: string): boolean {
  if (!URL.canParse(pageUrl)) return false;
  const page = new URL(pageUrl);
  return origins
    .filter((origin) => URL.canParse(origin))
    .some((origin) => {
      const own = new URL(origin);
      if (own.origin === page.origin) return true;
      return includeSubdomains && own.protocol === page.protocol && own.port === page.port && page.hostname.endsWith(`.${own.hostname}`);
    });
}

function credentialFor({ brief, page }: Situation, said: string): CredentialAlias | undefined {
  const fitting = brief.credentials.filter((one) => isFor(one, page.url));
  return fitting.find(({ alias }) => said !== '' && likeness(alias, said) > 0) ?? fitting[0];
}

type Form = NonNullable<ReturnType<typeof loginFormIn>>;

/** Signs in with a login of the end user, whose values only the tool knows. */
export function signIn(situation: Situation, { alias }: Extract<Instruction, { kind: 'sign-in' }>): Move {
  const { page, memory, outcome } = situation;
  if (outcome?.success === false) return { kind: 'stuck', because: outcome.text };
  const form = loginFormIn(page.fields, page.controls);
  if (form === undefined) return withoutForm(situation);
  const credential = credentialFor(situation, alias);
  if (credential === undefined) return withoutCredential(situation);
  return fillings(form, credential).find(({ key }) => !memory.tried.includes(key)) ?? send(situation, form, credential);
}

/** There is no form: one is in, or has yet to go where the form is. */
function withoutForm({ page, memory }: Situation): Move {
  const isSent = memory.tried.some((key) => key.startsWith('submit ') || key === 'ask');
  if (isSent) return { kind: 'next', did: 'signed in' };
  if (page.controls.some(({ name }) => EXIT.test(name))) return { kind: 'next', did: 'found that one was signed in already' };
  const entry = page.controls.find(({ name, isDisabled }) => ENTRY.test(name) && !isDisabled);
  const isNew = entry !== undefined && !memory.tried.includes(`entry ${entry.name}`);
  return isNew ? { ...clickOn(entry), key: `entry ${entry.name}` } : { kind: 'stuck', because: 'the page has no form to sign in with' };
}

function send({ page, memory }: Situation, form: Form, { alias }: CredentialAlias): Move {
  // A site that asks for one thing after the other has its form sent once for each.
  const asksFor = [form.username && 'name', form.password && 'password', form.code && 'code'].filter(Boolean).join(' ');
  const key = `submit ${asksFor}`;
  if (memory.tried.includes(key)) {
    const said = page.notices[0] === undefined ? '' : `: it says “${page.notices[0]}”`;
    return { kind: 'stuck', because: `the site did not take the login “${alias}”${said}` };
  }
  if (form.submit !== undefined) return { ...clickOn(form.submit), key };
  const last = form.code ?? form.password ?? form.username;
  if (last === undefined) return { kind: 'stuck', because: 'the form to sign in with has no fields' };
  return call('press', { key: 'Enter', ref: last.ref }, 'signing in', key);
}

function fillings(form: Form, { alias, fields }: CredentialAlias): Call[] {
  const parts = [
    [form.username, 'username'],
    [form.password, 'password'],
    [form.code, 'totp'],
  ] as const;
  return parts.flatMap(([field, name]) =>
    field === undefined || !fields.includes(name)
      ? []
      : [call('fill_credential', { alias, field: name, ref: field.ref }, `filling in the ${name} of “${alias}”`, `fill ${name}`)],
  );
}

function withoutCredential({ brief, page, memory }: Situation): Move {
  const { host } = new URL(page.url);
  const because = `there is no login for ${host} among the credentials of this end user`;
  if (!brief.canAskHuman || memory.tried.includes('ask')) return { kind: 'stuck', because };
  const question = `Signing in at ${host} is asked for, and ${because}. Please sign in there in this browser, or add a credential for it, and answer when that is done.`;
  return call('ask_human', { question }, 'asking a person to sign in', 'ask');
}
