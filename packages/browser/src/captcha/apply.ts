import type { FoundCaptcha } from './probe.js';

/** The kinds whose answer is a text that can be handed to the page. */
export type Answerable = Extract<FoundCaptcha['kind'], 'recaptcha' | 'hcaptcha' | 'turnstile' | 'image'>;

/** What an answer is written to, and the element that says whom it is told to, by the documentation of the makers. */
export const TAKERS = {
  recaptcha: { fields: ['g-recaptcha-response'], widget: '.g-recaptcha' },
  hcaptcha: { fields: ['h-captcha-response', 'g-recaptcha-response'], widget: '.h-captcha' },
  turnstile: { fields: ['cf-turnstile-response', 'g-recaptcha-response'], widget: '.cf-turnstile' },
} as const satisfies Record<Exclude<Answerable, 'image'>, { fields: readonly string[]; widget: string }>;

/**
 * Hands the answer of a solving service to the page, as the widget itself would: it is written to the field that the form sends, and the
 * page's callback is called. It runs among the page's own scripts, as that is where its callback is; the page could have both anyway.
 * @returns whether there was anything to hand it to
 */
export function applyToken(answer: string, fields: readonly string[], widget: string): boolean {
  const documentsOf = (root: Document, depth = 0): Document[] => {
    const inner = depth > 3 ? [] : [...root.querySelectorAll('iframe')].flatMap((frame) => frame.contentDocument ?? []);
    return [root, ...inner.flatMap((one) => documentsOf(one, depth + 1))];
  };
  const write = (field: HTMLInputElement | HTMLTextAreaElement) => {
    field.value = answer;
    for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }));
  };
  /** `a.b.c` of a window. */
  const named = (scope: unknown, path: string) =>
    path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], scope);
  const callbacks = new Set<unknown>();
  /** Where the site has rendered a reCAPTCHA itself, its callback is nowhere but in there. */
  const search = (value: unknown, depth: number) => {
    if (depth > 5 || typeof value !== 'object' || value === null || value instanceof Element) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'callback') callbacks.add(inner);
      search(inner, depth + 1);
    }
  };

  const roots = documentsOf(document);
  const inputs = roots.flatMap((root) => fields.flatMap((name) => [...root.querySelectorAll<HTMLInputElement>(`[name="${name}"]`)]));
  inputs.forEach(write);
  for (const root of roots) {
    for (const { dataset } of root.querySelectorAll<HTMLElement>(`${widget}[data-callback]`)) {
      callbacks.add(named(root.defaultView, dataset.callback ?? ''));
    }
    if (widget === '.g-recaptcha') search(named(root.defaultView, '___grecaptcha_cfg.clients'), 0);
  }
  const functions = [...callbacks].filter((callback) => typeof callback === 'function');
  for (const callback of functions) callback(answer);
  return inputs.length + functions.length > 0;
}

/** Writes what is in a picture into the field beside it. @returns whether there is one */
export function applyText(answer: string): boolean {
  const isCaptcha = (element: Element) =>
    /captcha/i.test(['src', 'id', 'class', 'alt', 'name'].map((name) => element.getAttribute(name)).join());
  const picture = [...document.querySelectorAll('img, canvas')].find(isCaptcha);
  const around = picture?.closest('form') ?? picture?.ownerDocument;
  const fields = [...(around?.querySelectorAll<HTMLInputElement>('input:is([type="text"], :not([type]))') ?? [])];
  const field = fields.find((one) => /captcha|code|verif/i.test(`${one.name},${one.id},${one.placeholder}`)) ?? fields[0];
  if (field === undefined) return false;
  field.value = answer;
  for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }));
  return true;
}

/** Where the picture of a captcha of kind `image` is, in CSS pixels of its document; null: there is none any more. */
export function placeOfPicture(): { x: number; y: number; width: number; height: number } | null {
  const isCaptcha = (element: Element) =>
    /captcha/i.test(['src', 'id', 'class', 'alt', 'name'].map((name) => element.getAttribute(name)).join());
  const picture = [...document.querySelectorAll('img, canvas')].find(isCaptcha);
  if (picture === undefined) return null;
  const { x, y, width, height } = picture.getBoundingClientRect();
  return { x: x + scrollX, y: y + scrollY, width, height };
}
