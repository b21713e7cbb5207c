import type { Account } from '@carrel/sdk';
import * as Tabs from '@radix-ui/react-tabs';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { Snippet } from '../../ui/copy.js';
import { ErrorNote } from '../../ui/states.js';
import { SNIPPETS } from './snippets.js';

/**
 * How to begin from code, to be copied and run as it is. The page knows no key, not even the one of whoever is signed in: it can make one,
 * which is shown as long as the page is.
 */
export function FromCode({ account: { url, scopes } }: { account: Account }) {
  const queryClient = useQueryClient();
  const make = useMutation({
    mutationFn: () => carrel.apiKeys.create({ name: 'made on the home page' }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['api-keys'] }),
  });
  const secret = make.data?.secret;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <Tabs.Root defaultValue={SNIPPETS[0].name} className="grid grid-cols-[minmax(0,1fr)] gap-2">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <Tabs.List aria-label="Language" className="flex max-w-full gap-1 overflow-x-auto rounded-md bg-raised p-0.5">
            {SNIPPETS.map(({ name }) => (
              <Tabs.Trigger
                key={name}
                value={name}
                className="rounded px-2.5 py-1 text-sm whitespace-nowrap text-soft hover:text-ink data-[state=active]:bg-panel data-[state=active]:text-ink data-[state=active]:shadow-sm"
              >
                {name}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {secret === undefined && scopes.includes('keys:manage') && (
            <Button isBusy={make.isPending} onClick={() => make.mutate()}>
              Put a new key in
            </Button>
          )}
        </div>
        {SNIPPETS.map(({ name, code }) => (
          <Tabs.Content key={name} value={name}>
            <Snippet label={name} code={code({ url, apiKey: secret })} />
          </Tabs.Content>
        ))}
      </Tabs.Root>
      {make.error && <ErrorNote error={make.error} />}
      <p className="text-sm text-soft">
        {secret === undefined ? (
          <>
            <code className="font-mono">CARREL_API_KEY</code> is your key: the first one is in the server’s data directory, in the file{' '}
            <code className="font-mono">api-key</code>.
          </>
        ) : (
          'The key above is new, and shown until you leave this page. It is revoked under Keys and projects.'
        )}
      </p>
    </div>
  );
}
