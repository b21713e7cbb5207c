import type { ImportProfileRequest } from '@carrel/sdk';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { Dialog, DialogActions } from '../../ui/dialog.js';
import { TextArea } from '../../ui/field.js';
import { ErrorNote } from '../../ui/states.js';

/** What a file is: JSON of Playwright, a list of cookies, or a cookies.txt. The server looks at all of it. */
function requestOf(text: string): ImportProfileRequest {
  if (!/^\s*[[{]/.test(text)) return { netscape: text };
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value)) return { cookies: value as NonNullable<ImportProfileRequest['cookies']> };
  return { storageState: value as NonNullable<ImportProfileRequest['storageState']> };
}

/** Brings a login that was made elsewhere into a profile. */
export function ImportProfile({ profileId, onDone }: { profileId: string; onDone: () => unknown }) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const bring = useMutation({
    mutationFn: async () => carrel.profiles.import(profileId, requestOf(text)),
    onSuccess: () => {
      setOpen(false);
      setText('');
      return onDone();
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>Import</Button>
      {isOpen && (
        <Dialog title="Bring a login in" onClose={() => setOpen(false)} isWide>
          <form
            className="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              bring.mutate();
            }}
          >
            <label className="grid gap-1 text-sm font-medium">
              A file
              <input
                type="file"
                accept=".json,.txt"
                onChange={async (event) => setText((await event.target.files?.[0]?.text()) ?? '')}
                className="font-normal file:mr-3 file:rounded-md file:border file:border-line file:bg-raised file:px-2.5 file:py-1 file:text-ink"
              />
            </label>
            <TextArea
              label="Or its text"
              hint="Playwright’s storageState, a JSON list of cookies, or a cookies.txt. What else the profile holds stays."
              className="font-mono"
              rows={8}
              required
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
            {bring.error && <ErrorNote error={bring.error} />}
            <DialogActions>
              <Button onClick={() => setOpen(false)}>Cancel</Button>
              <Button type="submit" look="primary" isBusy={bring.isPending}>
                Bring it in
              </Button>
            </DialogActions>
          </form>
        </Dialog>
      )}
    </>
  );
}
