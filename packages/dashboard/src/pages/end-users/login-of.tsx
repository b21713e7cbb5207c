import type { LoginRequest } from '@carrel/sdk';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { SchemaDialog } from '../../schema/schema-dialog.js';
import { Button, buttonClass } from '../../ui/button.js';
import { Dialog, DialogActions } from '../../ui/dialog.js';
import { SecretNote } from '../../ui/secret-note.js';

type Login = Awaited<ReturnType<ReturnType<typeof carrel.endUsers>['login']>>;

/** Has a person sign in once, here or by a link: what they are signed in to then is kept for the turns to come. */
export function LoginOf({ endUserId }: { endUserId: string }) {
  const [isOpen, setOpen] = useState(false);
  const [login, setLogin] = useState<Login>();
  const close = () => {
    setOpen(false);
    setLogin(undefined);
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>Log in</Button>
      {isOpen && login === undefined && (
        <SchemaDialog<LoginRequest>
          title="Sign in once"
          schema="LoginRequest"
          submit="Make the link"
          submitting="Opening a browser…"
          isWide
          onSubmit={async (request) => setLogin(await carrel.endUsers(endUserId).login(request))}
          onClose={close}
        >
          <p className="text-sm text-soft">
            A browser opens for them, and a link to it. Whoever has the link signs in there; agents that work for {endUserId} are signed in
            from then on, and never see the password.
          </p>
        </SchemaDialog>
      )}
      {login !== undefined && (
        <Dialog title="Sign in once" onClose={close} isWide>
          <SecretNote secret={login.liveUrl}>A link for whoever is to sign in</SecretNote>
          <DialogActions>
            <Button onClick={close}>Close</Button>
            <Link to="/browsers/$browserId" params={{ browserId: login.browserId }} className={buttonClass('primary')}>
              Sign in here
            </Link>
          </DialogActions>
        </Dialog>
      )}
    </>
  );
}
