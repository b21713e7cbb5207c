import type { OpenBrowserRequest } from '@carrel/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { withoutEmpty } from '../../schema/json-schema.js';
import { ObjectFields } from '../../schema/schema-field.js';
import { schemaNamed, WithContract } from '../../schema/schema-form.js';
import { Button } from '../../ui/button.js';
import { Snippet } from '../../ui/copy.js';
import { Dialog, DialogActions } from '../../ui/dialog.js';
import { ErrorNote } from '../../ui/states.js';
import { openCode } from './sdk-code.js';

/** A form with every option that the server has for a browser, and the code that does the same. */
export function OpenBrowser({ onClose }: { onClose: () => void }) {
  const [value, setValue] = useState<Record<string, unknown>>({});
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const request = withoutEmpty(value) as OpenBrowserRequest;
  const open = useMutation({
    // Not kept alive by this page: whoever closes the page does not mean to keep the browser.
    mutationFn: () => carrel.browsers.open(request, { keepAlive: false }),
    onSuccess: async ({ id }) => {
      void queryClient.invalidateQueries({ queryKey: ['browsers'] });
      await navigate({ to: '/browsers/$browserId', params: { browserId: id } });
    },
  });
  return (
    <Dialog title="Open a browser" onClose={onClose} isWide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open.mutate();
        }}
      >
        <WithContract>
          {(contract) => (
            <div className="grid items-start gap-x-5 gap-y-4 sm:grid-cols-2 sm:[&>details]:col-span-2 sm:[&>fieldset]:col-span-2">
              <p className="text-sm text-soft sm:col-span-2">Everything may be left as it is.</p>
              <ObjectFields schema={schemaNamed(contract, 'OpenBrowserRequest')} value={value} onChange={setValue} />
            </div>
          )}
        </WithContract>
        <div className="mt-4">
          <Snippet label="The same in code" code={openCode(request)} />
        </div>
        {open.error && <ErrorNote error={open.error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={open.isPending}>
            {open.isPending ? 'Opening…' : 'Open'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
