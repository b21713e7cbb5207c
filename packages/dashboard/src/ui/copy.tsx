import { useEffect, useState } from 'react';
import { Button, type ButtonLook } from './button.js';

const SHOWN_MS = 1_500;

/** Puts a text on the clipboard, and says that it did. */
export function CopyButton({ text, label = 'Copy', look = 'quiet' }: { text: string; label?: string; look?: ButtonLook }) {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  useEffect(() => {
    if (state === 'ready') return;
    const timer = setTimeout(() => setState('ready'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    // Pages that did not come over https have no clipboard.
    (navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))).then(
      () => setState('copied'),
      () => setState('refused'),
    );
  return (
    <Button look={look} onClick={copy}>
      <span aria-live="polite">{state === 'copied' ? 'Copied' : state === 'refused' ? 'Select it and copy' : label}</span>
    </Button>
  );
}

/** Code to take along. */
export function Snippet({ code, label }: { code: string; label: string }) {
  return (
    <figure className="min-w-0 overflow-hidden rounded-md border border-line bg-ground">
      <figcaption className="flex items-center justify-between gap-2 border-b border-line py-0.5 pr-1 pl-3 text-xs text-soft">
        {label}
        <CopyButton text={code} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto p-3 font-mono text-sm leading-relaxed">
        {code}
      </pre>
    </figure>
  );
}

/** An id in full, with a button to copy it. */
export function Id({ value }: { value: string }) {
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-1">
      <code className="truncate font-mono text-xs text-soft">{value}</code>
      <CopyButton text={value} />
    </span>
  );
}
