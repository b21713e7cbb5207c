import type { OpenBrowserRequest } from '@carrel/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { withoutEmpty } from '../../schema/json-schema.js';
import { ObjectFields } from '../../schema/schema-field.js';
import { schemaNamed, WithContract } from '../../schema/schema-form.js';
import { Snippet } from '../../ui/copy.js';
import { FormDialog } from '../../ui/form-dialog.js';
import { openCode } from './sdk-code.js';

/** What most are asked for; the rest is a press away. */
const USUAL = ['kind', 'endUserId', 'record', 'solveCaptchas', 'profile', 'metadata'];
const GRID = 'grid items-start gap-x-5 gap-y-4 sm:grid-cols-2 sm:[&>details]:col-span-2 sm:[&>fieldset]:col-span-2';

/** A form with every option that the server has for a browser, and the code that does the same. */
export function OpenBrowser({ onClose }: { onClose: () => void }) {
  const [value, setValue] = useState<Record<string, unknown>>({});
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const request = withoutEmpty(value) as OpenBrowserRequest;
  const open = async () => {
    // Not kept alive by this page: whoever closes the page does not mean to keep the browser.
    const { id } = await carrel.browsers.open(request, { keepAlive: false });
    void queryClient.invalidateQueries({ queryKey: ['browsers'] });
    await navigate({ to: '/browsers/$browserId', params: { browserId: id } });
  };
  return (
    <FormDialog title="Open a browser" submit="Open" submitting="Opening…" isWide onSubmit={open} onClose={onClose}>
      <p className="text-sm text-soft">
        Everything may be left as it is: then it shares nothing with any other browser, and leaves nothing behind.
      </p>
      <WithContract>
        {(contract) => {
          const schema = schemaNamed(contract, 'OpenBrowserRequest');
          const others = Object.keys(schema.properties ?? {}).filter((name) => !USUAL.includes(name));
          return (
            <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
              <div className={GRID}>
                <ObjectFields schema={schema} value={value} onChange={setValue} without={others} />
              </div>
              <details className="rounded-md border border-line px-3 py-2">
                <summary className="text-sm font-medium">All options</summary>
                <div className={`${GRID} pt-3 pb-1`}>
                  <ObjectFields schema={schema} value={value} onChange={setValue} without={USUAL} />
                </div>
              </details>
            </div>
          );
        }}
      </WithContract>
      <Snippet label="The same in code" code={openCode(request)} />
    </FormDialog>
  );
}
