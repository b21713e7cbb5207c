import type { LoginRequest } from '@carrel/sdk';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { withoutEmpty } from '../../schema/json-schema.js';
import { ObjectFields } from '../../schema/schema-field.js';
import { schemaNamed, WithContract } from '../../schema/schema-form.js';
import { Button, buttonClass } from '../../ui/button.js';
import { Dialog, DialogActions } from '../../ui/dialog.js';
import { SecretNote } from '../../ui/secret-note.js';
import { ErrorNote } from '../../ui/states.js';

/** Has a person sign in once, here or by a link: what they are signed in to then is kept for the turns to come. */
export function LoginOf({ endUserId }: { endUserId: string }) {
  const [isOpen, setOpen] = useState(false);
  const [value, setValue] = useState<Record<string, unknown>>({});
  const login = useMutation({ mutationFn: () => carrel.endUsers(endUserId).login(withoutEmpty(value) as LoginRequest) });
  const close = () => {
    setOpen(false);
    login.reset();
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>Log in</Button>
      {isOpen && (
        <Dialog title="Sign in once" onClose={close} isWide>
          {login.data ? (
            <>
              <SecretNote secret={login.data.liveUrl}>A link for whoever is to sign in</SecretNote>
              <DialogActions>
                <Button onClick={close}>Close</Button>
                <Link to="/browsers/$browserId" params={{ browserId: login.data.browserId }} className={buttonClass('primary')}>
                  Sign in here
                </Link>
              </DialogActions>
            </>
          ) : (
            <form
              className="grid gap-3"
              onSubmit={(event) => {
                event.preventDefault();
                login.mutate();
              }}
            >
              <WithContract>
                {(contract) => <ObjectFields schema={schemaNamed(contract, 'LoginRequest')} value={value} onChange={setValue} />}
              </WithContract>
              {login.error && <ErrorNote error={login.error} />}
              <DialogActions>
                <Button onClick={close}>Cancel</Button>
                <Button type="submit" look="primary" isBusy={login.isPending}>
                  {login.isPending ? 'Opening a browser…' : 'Make the link'}
                </Button>
              </DialogActions>
            </form>
          )}
        </Dialog>
      )}
    </>
  );
}
