import type { ImportProfileRequest } from '@carrel/sdk';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { TextArea } from '../../ui/field.js';
import { FormDialog } from '../../ui/form-dialog.js';

/** What a file is: JSON of Playwright, a list of cookies, or a cookies.txt. The server looks at all of it. */
function requestOf(text: string): ImportProfileRequest {
  if (!/^\s*[[{]/.test(text)) return { netscape: text };
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value)) return { cookies: value as NonNullable<ImportProfileRequest['cookies']> };
  return { storageState: value as NonNullable<ImportProfileRequest['storageState']> };
}

/** Brings a login that was made elsewhere into a profile. */
export function ImportProfile({ profileId, onDone }: { profileId: string; onDone: () => Promise<unknown> }) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const bring = async () => {
    await carrel.profiles.import(profileId, requestOf(text));
    setOpen(false);
    setText('');
    await onDone();
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>Import</Button>
      {isOpen && (
        <FormDialog title="Bring a login in" submit="Bring it in" isWide onSubmit={bring} onClose={() => setOpen(false)}>
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
        </FormDialog>
      )}
    </>
  );
}
