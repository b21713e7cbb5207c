import type { Profile } from '@carrel/sdk';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { Dialog, DialogActions } from '../../ui/dialog.js';
import { TextField } from '../../ui/field.js';
import { ErrorNote } from '../../ui/states.js';

/** Opens a browser that saves to the profile, for a person to sign in with: what they did is kept when they close it. */
export function LoginWithProfile({ profile }: { profile: Profile }) {
  const [isOpen, setOpen] = useState(false);
  const [url, setUrl] = useState('');
  const navigate = useNavigate();
  const open = useMutation({
    mutationFn: async () => {
      const { id, endUserId } = profile;
      const browser = await carrel.browsers.open(
        { profile: { id, persist: true }, ...(endUserId !== null && { endUserId }), metadata: { purpose: 'login' } },
        { keepAlive: false },
      );
      if (url !== '') await browser.execute({ type: 'goto', url });
      return browser.id;
    },
    onSuccess: (browserId) => navigate({ to: '/browsers/$browserId', params: { browserId } }),
  });
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        Log in
      </Button>
      {isOpen && (
        <Dialog title="Sign in once" onClose={() => setOpen(false)}>
          <form
            className="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              open.mutate();
            }}
          >
            <p className="text-sm">
              A browser opens with this profile. Take control of it, sign in, then close it: every browser with this profile is signed in
              from then on.
            </p>
            <TextField
              label="Where"
              type="url"
              placeholder="https://shop.example/login"
              value={url}
              onChange={(event) => setUrl(event.target.value)}
            />
            {open.error && <ErrorNote error={open.error} />}
            <DialogActions>
              <Button onClick={() => setOpen(false)}>Cancel</Button>
              <Button type="submit" look="primary" isBusy={open.isPending}>
                {open.isPending ? 'Opening…' : 'Open it'}
              </Button>
            </DialogActions>
          </form>
        </Dialog>
      )}
    </>
  );
}
