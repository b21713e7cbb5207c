/// <reference lib="dom" />
// What runs in a JavaScript world of our own in pages: each function is sent as text, and can use nothing from outside of itself.

/**
 * Has a field show dots for as long as it is there, also when the page makes a field for text of one for passwords: no picture of the page
 * then shows what is in it, and nothing of it is copied. The page can notice, but only by its style, and only where it would show a password.
 */
export function keepSecret(this: Element): string {
  /** A page that takes it away again and again would otherwise be busy with us for ever. */
  const MOST_TIMES = 1_000;
  const PROPERTY = '-webkit-text-security';
  if (!(this instanceof HTMLInputElement || this instanceof HTMLTextAreaElement)) return '';
  const world = globalThis as { carrelKept?: WeakSet<Element> };
  world.carrelKept ??= new WeakSet();
  if (world.carrelKept.has(this)) return '';
  world.carrelKept.add(this);
  let times = 0;
  const hide = () => {
    if (this.type === 'password' || getComputedStyle(this).getPropertyValue(PROPERTY) === 'disc') return;
    times += 1;
    if (times <= MOST_TIMES) this.style.setProperty(PROPERTY, 'disc', 'important');
  };
  // Whoever drives the browser could have it elsewhere, and read it there.
  const keepIn = (event: Event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const type of ['copy', 'cut', 'dragstart']) this.addEventListener(type, keepIn, true);
  hide();
  // Called before anything is drawn.
  new MutationObserver(hide).observe(this, { attributes: true, attributeFilter: ['type', 'style'] });
  return '';
}

/** Keeps the secret of every field of a document that has been one for passwords. */
function keepSecrets(keep: typeof keepSecret): void {
  const world = globalThis as { carrelKeeps?: WeakSet<Node>; carrelLook?: (nothing: string) => void };
  world.carrelKeeps ??= new WeakSet();
  const roots = world.carrelKeeps;
  const observer = new MutationObserver((records) => {
    for (const { oldValue, target } of records) {
      if (oldValue?.toLowerCase() === 'password' && target instanceof HTMLInputElement) keep.call(target);
    }
  });
  const observe = (root: Node) => {
    if (roots.has(root)) return;
    roots.add(root);
    observer.observe(root, { subtree: true, attributes: true, attributeFilter: ['type'], attributeOldValue: true });
  };
  // Of a shadow tree nothing is heard outside of it: those that come later are found when somebody works in them.
  const observeAll = (root: Document | ShadowRoot) => {
    observe(root);
    for (const { shadowRoot } of root.querySelectorAll('*')) if (shadowRoot !== null) observeAll(shadowRoot);
  };
  observeAll(document);
  // Into closed shadow trees no script can look: whoever has put this one here looks for it.
  const lookIntoClosed = () => world.carrelLook?.('');
  addEventListener('DOMContentLoaded', () => observeAll(document), true);
  addEventListener('load', () => observeAll(document));
  const observeShadows = (event: Event) => {
    for (const node of event.composedPath()) if (node instanceof ShadowRoot) observe(node);
    // Of what happens within a closed one only its host is told.
    const [target] = event.composedPath();
    if (target instanceof Element && !target.matches('input, textarea, select, button, a')) lookIntoClosed();
  };
  addEventListener('focusin', observeShadows, true);
  addEventListener('input', observeShadows, true);
}

/** Called in its world, it asks for the fields for passwords to be looked for in closed shadow trees. */
export const LOOK_BINDING = 'carrelLook';
/** To be run in every document. */
export const KEEP_SECRETS = `(${keepSecrets})(${keepSecret})`;
/** To be called on each field that is found for {@link LOOK_BINDING}, in the world that asked. */
export const KEEP_SECRET = `${keepSecret}`;
