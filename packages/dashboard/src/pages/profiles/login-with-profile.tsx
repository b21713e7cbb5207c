import type { Profile } from '@carrel/sdk';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { TextField } from '../../ui/field.js';
import { FormDialog } from '../../ui/form-dialog.js';

/** Opens a browser that saves to the profile, for a person to sign in with: what they did is kept when they close it. */
export function LoginWithProfile({ profile: { id, endUserId } }: { profile: Profile }) {
  const [isOpen, setOpen] = useState(false);
  const [url, setUrl] = useState('');
  const navigate = useNavigate();
  const open = async () => {
    const browser = await carrel.browsers.open(
      // What a person types while they sign in nobody knows to be a secret before.
      { profile: { id, persist: true }, ...(endUserId !== null && { endUserId }), metadata: { purpose: 'login' }, record: false },
      { keepAlive: false },
    );
    if (url !== '') await browser.execute({ type: 'goto', url });
    await navigate({ to: '/browsers/$browserId', params: { browserId: browser.id } });
  };
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        Log in
      </Button>
      {isOpen && (
        <FormDialog title="Sign in once" submit="Open it" submitting="Opening…" onSubmit={open} onClose={() => setOpen(false)}>
          <p className="text-sm">
            A browser opens with this profile. Take control of it, sign in, then close it: every browser with this profile is signed in from
            then on.
          </p>
          <TextField
            label="Where"
            type="url"
            placeholder="https://shop.example/login"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
        </FormDialog>
      )}
    </>
  );
}
