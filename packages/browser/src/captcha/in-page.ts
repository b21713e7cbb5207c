/** What a captcha is, as the page has it. */
export interface FoundCaptcha {
  kind: 'recaptcha' | 'hcaptcha' | 'turnstile' | 'arkose' | 'geetest' | 'datadome' | 'press_and_hold' | 'image';
  /** What its maker knows the site by; null where there is no such thing. */
  siteKey: string | null;
  /** Whether something is written in the field beside a picture; those of the other kinds are gone when they are answered. */
  isFilled: boolean;
}

type Seen = Omit<FoundCaptcha, 'isFilled'> & Partial<FoundCaptcha>;

/** The kinds whose answer is a text that can be handed to the page. */
export type Answerable = Extract<FoundCaptcha['kind'], 'recaptcha' | 'hcaptcha' | 'turnstile' | 'image'>;

/** What an answer is written to, and the element that says whom it is told to, by the documentation of the makers. */
export const TAKERS = {
  recaptcha: { fields: ['g-recaptcha-response'], widget: '.g-recaptcha' },
  hcaptcha: { fields: ['h-captcha-response', 'g-recaptcha-response'], widget: '.h-captcha' },
  turnstile: { fields: ['cf-turnstile-response', 'g-recaptcha-response'], widget: '.cf-turnstile' },
} as const satisfies Record<Exclude<Answerable, 'image'>, { fields: readonly string[]; widget: string }>;

// What runs in pages: each function is sent as text, with the small ones that all of them may call, and can use nothing else from outside of itself.

/** The document, and those of its frames that can be looked into. */
function documentsOf(root: Document, depth = 0): Document[] {
  const inner = depth > 3 ? [] : [...root.querySelectorAll('iframe')].flatMap((frame) => frame.contentDocument ?? []);
  return [root, ...inner.flatMap((one) => documentsOf(one, depth + 1))];
}

/** Pictures with text to be read off. */
function captchaPictures(root: Document): Element[] {
  const isCaptcha = (element: Element) =>
    /captcha/i.test(['src', 'id', 'class', 'alt', 'name'].map((name) => element.getAttribute(name)).join());
  return [...root.querySelectorAll('img, canvas')].filter(isCaptcha);
}

/** The field that what is in a picture is written into: one that says so, else the first after the picture, else the last before it. */
function fieldBeside(picture: Element | undefined): HTMLInputElement | undefined {
  const around = picture?.closest('form') ?? picture?.ownerDocument;
  const fields = [...(around?.querySelectorAll<HTMLInputElement>('input:is([type="text"], :not([type]))') ?? [])];
  const isAfter = (one: Element) => ((picture?.compareDocumentPosition(one) ?? 0) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  return (
    fields.find((one) => /captcha|code|verif/i.test(`${one.name},${one.id},${one.placeholder}`)) ?? fields.find(isAfter) ?? fields.at(-1)
  );
}

function write(field: HTMLInputElement | HTMLTextAreaElement, value: string): void {
  field.value = value;
  for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }));
}

const SHARED = [documentsOf, captchaPictures, fieldBeside, write].map(String).join('\n');

/** A call of a function of this file, to be evaluated in a page. */
export const inPage = <A extends readonly unknown[]>(run: (...args: A) => unknown, ...args: NoInfer<A>): string =>
  `(() => {${SHARED}\nreturn (${run})(${args.map((value) => JSON.stringify(value)).join()});})()`;

/**
 * Looks for captchas that a person would see and that are not solved yet. It runs in a world of its own in a document, whose scripts hear
 * nothing of it. Documents that the one around them can look into are left to that one.
 *
 * How each kind is told apart is in the documentation of its makers: the names of the elements, the addresses of the frames, and the names of
 * the fields that the answer is written to. What needs nobody (reCAPTCHA v3, invisible ones that ask for nothing) does not count.
 * @param told JSON of what it found the last time
 * @param isHurried answer at once, also when that is the same
 * @returns JSON of what it finds, when that is something else; null: another document's probe looks into this one
 */
export function probe(told: string, isHurried: boolean): Promise<string | null> {
  const LOOK_AGAIN_MS = 300;
  const MAX_FOUND = 10;
  const MAX_KEY_CHARS = 200;
  const isLookedIntoByParent = () => {
    try {
      return parent !== window && parent.document !== null;
    } catch {
      return false;
    }
  };
  if (isLookedIntoByParent()) return Promise.resolve(null);

  const isSeen = (element: Element) => {
    const { width, height } = element.getBoundingClientRect();
    const isShown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    return isShown && width > 20 && height > 20;
  };
  const framesWith = (root: Document, source: RegExp) => [...root.querySelectorAll('iframe')].filter((frame) => source.test(frame.src));
  const isAnswered = (root: Document, name: string) =>
    [...root.querySelectorAll<HTMLInputElement>(`[name="${name}"]`)].some(({ value }) => value !== '');
  const keyIn = (root: Document, selector: string, url?: string) => {
    const key = root.querySelector<HTMLElement>(selector)?.dataset.sitekey ?? /[?&#](?:k|sitekey)=([^&]+)/.exec(url ?? '')?.[1] ?? null;
    return key === null ? null : key.slice(0, MAX_KEY_CHARS);
  };

  const recaptcha = (root: Document): Seen | undefined => {
    const challenge = framesWith(root, /\/recaptcha\/(api2|enterprise)\/bframe/).find(isSeen);
    const box = framesWith(root, /\/recaptcha\/(api2|enterprise)\/anchor(?!.*[?&]size=invisible)/).find(isSeen);
    const [seen] = [challenge, box, [...root.querySelectorAll('.g-recaptcha:not([data-size="invisible"])')].find(isSeen)].filter(Boolean);
    if (seen === undefined || isAnswered(root, 'g-recaptcha-response')) return undefined;
    return { kind: 'recaptcha', siteKey: keyIn(root, '.g-recaptcha[data-sitekey]', (challenge ?? box)?.src) };
  };
  const hcaptcha = (root: Document): Seen | undefined => {
    const frame = framesWith(root, /^https:\/\/([\w-]+\.)?hcaptcha\.com\/.*#frame=(checkbox(?!-invisible)|challenge)/).find(isSeen);
    const seen = frame ?? [...root.querySelectorAll('.h-captcha:not([data-size="invisible"])')].find(isSeen);
    if (seen === undefined || isAnswered(root, 'h-captcha-response')) return undefined;
    return { kind: 'hcaptcha', siteKey: keyIn(root, '.h-captcha[data-sitekey]', frame?.src) };
  };
  const turnstile = (root: Document): Seen | undefined => {
    const widget = [...root.querySelectorAll('.cf-turnstile')].find(isSeen);
    // The page that stands before a whole site.
    const gate =
      root.querySelector('script[src*="/cdn-cgi/challenge-platform/"]') && root.querySelector('#challenge-form, #challenge-stage');
    if ((!widget && !gate) || isAnswered(root, 'cf-turnstile-response')) return undefined;
    return { kind: 'turnstile', siteKey: keyIn(root, '.cf-turnstile[data-sitekey]') };
  };
  const arkose = (root: Document): Seen | undefined => {
    const frame = framesWith(root, /^https:\/\/[\w.-]+\.(arkoselabs|funcaptcha)\.com\//).find(isSeen);
    return frame === undefined || isAnswered(root, 'fc-token') ? undefined : { kind: 'arkose', siteKey: null };
  };
  const other = (root: Document): Seen | undefined => {
    const sees = (selector: string) => [...root.querySelectorAll(selector)].some(isSeen);
    if (sees('#px-captcha')) return { kind: 'press_and_hold', siteKey: null };
    if (framesWith(root, /^https:\/\/[\w.-]+\.captcha-delivery\.com\//).some(isSeen)) return { kind: 'datadome', siteKey: null };
    if (sees('.geetest_captcha:not(.geetest_lock_success), .geetest_radar_tip:not([aria-label*="success" i])')) {
      return { kind: 'geetest', siteKey: null };
    }
    return undefined;
  };
  const image = (root: Document): Seen | undefined => {
    const field = fieldBeside(captchaPictures(root).find(isSeen));
    return field === undefined ? undefined : { kind: 'image', siteKey: null, isFilled: field.value !== '' };
  };

  const look = () => {
    const found: FoundCaptcha[] = [];
    for (const root of documentsOf(document)) {
      for (const find of [recaptcha, hcaptcha, turnstile, arkose, other, image]) {
        const captcha = find(root);
        if (captcha !== undefined && found.length < MAX_FOUND) found.push({ isFilled: false, ...captcha });
      }
    }
    return found;
  };
  if (isHurried) return Promise.resolve(JSON.stringify(look()));
  return new Promise((resolve) => {
    let isPlanned = false;
    const lookNow = () => {
      isPlanned = false;
      const found = JSON.stringify(look());
      // The answer goes into a field, of which no observer hears.
      if (found === told) return told === '[]' ? undefined : lookSoon();
      observer.disconnect();
      resolve(found);
    };
    const lookSoon = () => {
      if (!isPlanned) setTimeout(lookNow, LOOK_AGAIN_MS);
      isPlanned = true;
    };
    const observer = new MutationObserver(lookSoon);
    const attributeFilter = ['style', 'class', 'src', 'hidden', 'data-sitekey'];
    observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter });
    addEventListener('load', lookSoon, { once: true });
    lookSoon();
  });
}

/**
 * Hands the answer of a solving service to the page, as the widget itself would: it is written to the field that the form sends, and the
 * page's callback is called. It runs among the page's own scripts, as that is where its callback is; the page could have both anyway.
 * @returns whether there was anything to hand it to
 */
export function applyToken(answer: string, fields: readonly string[], widget: string): boolean {
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
  for (const input of inputs) write(input, answer);
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
  const field = fieldBeside(captchaPictures(document)[0]);
  if (field !== undefined) write(field, answer);
  return field !== undefined;
}

/** Where the picture of a captcha of kind `image` is, in CSS pixels of its document; null: there is none any more. */
export function placeOfPicture(): { x: number; y: number; width: number; height: number } | null {
  const [picture] = captchaPictures(document);
  if (picture === undefined) return null;
  const { x, y, width, height } = picture.getBoundingClientRect();
  return { x: x + scrollX, y: y + scrollY, width, height };
}
