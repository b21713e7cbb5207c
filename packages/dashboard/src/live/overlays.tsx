import { useMutation } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import { Button } from '../ui/button.js';
import { TextField } from '../ui/field.js';
import { ErrorNote } from '../ui/states.js';
import { useFocusOver } from './focus.js';
import type { LiveSession } from './live-session.js';
import type { LiveDialog } from './messages.js';

const CARD = 'absolute inset-x-3 top-3 z-10 mx-auto grid max-w-md gap-3 rounded-lg border border-line bg-panel p-4 shadow-xl';

/** A dialog of the page: a screencast does not show it. */
export function DialogOverlay({ session, dialog, isInControl }: { session: LiveSession; dialog: LiveDialog; isInControl: boolean }) {
  const [text, setText] = useState(dialog.defaultValue ?? '');
  const isPrompt = dialog.kind === 'prompt';
  const said = useId();
  const card = useRef<HTMLDivElement>(null);
  useFocusOver(card, isInControl ? 'input, [type=submit]' : undefined);
  const answer = (accept: boolean) => session.send({ type: 'dialog', accept, ...(accept && isPrompt && { text }) });
  return (
    <div
      ref={card}
      role="alertdialog"
      aria-label="A dialog of the page"
      aria-describedby={said}
      className={CARD}
      onKeyDown={(event) => event.key === 'Escape' && isInControl && answer(false)}
    >
      <p className="text-xs text-soft">The page says</p>
      <p id={said} className="max-h-48 overflow-auto text-base whitespace-pre-wrap wrap-anywhere">
        {dialog.kind === 'beforeunload' ? 'Leave this page? What was entered may be lost.' : dialog.message}
      </p>
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          answer(true);
        }}
      >
        {isPrompt && (
          <TextField label="Answer" isLabelHidden value={text} disabled={!isInControl} onChange={(event) => setText(event.target.value)} />
        )}
        <div className="flex justify-end gap-2">
          {dialog.kind !== 'alert' && (
            <Button disabled={!isInControl} onClick={() => answer(false)}>
              Cancel
            </Button>
          )}
          <Button type="submit" look="primary" disabled={!isInControl}>
            OK
          </Button>
        </div>
      </form>
      {!isInControl && <p className="text-xs text-soft">Take control to answer it.</p>}
    </div>
  );
}

/** The page asks for files: they are put into the browser first, then the page is given their names. */
export function FileChooser({ session, chooser }: { session: LiveSession; chooser: { id: string; multiple: boolean } }) {
  const card = useRef<HTMLDivElement>(null);
  useFocusOver(card, 'input');
  const upload = useMutation({
    mutationFn: async (files: readonly File[]) => {
      for (const file of files) {
        const response = await fetch(session.fileUrl(file.name), {
          method: 'PUT',
          headers: { 'content-type': 'application/octet-stream' },
          body: file,
        });
        if (!response.ok) throw new Error(`${file.name} was not taken: ${(await response.text()).slice(0, 300)}`);
      }
      return files.map(({ name }) => name);
    },
    onSuccess: (fileNames) => {
      session.send({ type: 'fileChooser', id: chooser.id, fileNames });
      session.forget('fileChooser');
    },
  });
  const cancel = () => {
    session.send({ type: 'fileChooser', id: chooser.id, cancel: true });
    session.forget('fileChooser');
  };
  return (
    <div ref={card} role="dialog" aria-label="The page asks for files" className={CARD}>
      <label className="grid gap-2 text-sm font-medium">
        {chooser.multiple ? 'The page asks for files' : 'The page asks for a file'}
        <input
          type="file"
          multiple={chooser.multiple}
          disabled={upload.isPending}
          onChange={(event) => upload.mutate([...(event.target.files ?? [])])}
          className="text-sm font-normal file:mr-3 file:rounded-md file:border file:border-line file:bg-raised file:px-2.5 file:py-1 file:text-ink"
        />
      </label>
      {upload.error && <ErrorNote error={upload.error} />}
      <div className="flex justify-end">
        <Button onClick={cancel}>{upload.isPending ? 'Uploading… Cancel' : 'Cancel'}</Button>
      </div>
    </div>
  );
}

/** A text that the page gave: browsers let a page write the clipboard only when somebody has just pressed something. */
export function ClipboardNote({ session, text }: { session: LiveSession; text: string }) {
  const card = useRef<HTMLDivElement>(null);
  // Whoever copies goes on typing in the page.
  useFocusOver(card, undefined);
  const copy = useMutation({
    mutationFn: () =>
      navigator.clipboard?.writeText(text) ??
      Promise.reject(new Error('Pages that did not come over https cannot: select the text and copy it.')),
    onSuccess: () => session.forget('clipboard'),
  });
  return (
    <div ref={card} role="dialog" aria-label="Text from the page" className={CARD}>
      <p className="max-h-40 overflow-auto font-mono text-xs whitespace-pre-wrap wrap-anywhere select-text">
        {text === '' ? 'Nothing is selected in the page.' : text}
      </p>
      {copy.error && <ErrorNote error={copy.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={() => session.forget('clipboard')}>Close</Button>
        {text !== '' && (
          <Button look="primary" isBusy={copy.isPending} onClick={() => copy.mutate()}>
            Copy to the clipboard
          </Button>
        )}
      </div>
    </div>
  );
}
