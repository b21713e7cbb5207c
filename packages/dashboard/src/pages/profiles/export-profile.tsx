import type { Profile, ProfileFormat } from '@carrel/sdk';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { SelectField } from '../../ui/field.js';
import { FormDialog } from '../../ui/form-dialog.js';
import { saveAs } from '../../ui/save-as.js';

const FORMATS: Record<ProfileFormat, string> = {
  storageState: 'Playwright’s storageState (JSON)',
  cookies: 'Cookies (JSON)',
  netscape: 'cookies.txt, for curl',
};
const isFormat = (text: string): text is ProfileFormat => text in FORMATS;

/** Takes the values out of a profile, into a file. */
export function ExportProfile({ profile }: { profile: Profile }) {
  const [isOpen, setOpen] = useState(false);
  const [format, setFormat] = useState<ProfileFormat>('storageState');
  const take = async () => {
    const exported: Partial<Record<ProfileFormat, unknown>> = await carrel.profiles.export(profile.id, { format });
    const value = exported[format];
    const name = `${profile.name ?? profile.id}-v${profile.currentVersion}`.replaceAll(/[^\w.-]+/g, '-');
    if (typeof value === 'string') saveAs(`${name}.txt`, value);
    else saveAs(`${name}.json`, JSON.stringify(value, null, 2));
    setOpen(false);
  };
  return (
    <>
      <Button disabled={profile.currentVersion === null} onClick={() => setOpen(true)}>
        Export
      </Button>
      {isOpen && (
        <FormDialog title="Take the values out" submit="Save the file" onSubmit={take} onClose={() => setOpen(false)}>
          <p className="text-sm">The file signs whoever has it in. That it was taken is written in the audit log.</p>
          <SelectField label="Format" value={format} onChange={(event) => isFormat(event.target.value) && setFormat(event.target.value)}>
            {Object.entries(FORMATS).map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </SelectField>
        </FormDialog>
      )}
    </>
  );
}
