import { CarrelApiError } from '@carrel/sdk';
import { useMutation } from '@tanstack/react-query';
import { carrel } from '../app/carrel.js';
import { Button } from '../ui/button.js';
import { ErrorNote, Note } from '../ui/states.js';

/** Where the server is reached that has the browser, when a call was refused for that. */
export function elsewhereOf(error: unknown): string | undefined {
  const isElsewhere = error instanceof CarrelApiError && error.code === 'browser_elsewhere';
  const url = isElsewhere ? error.details.url : undefined;
  return typeof url === 'string' && /^https?:\/\//.test(url) ? url : undefined;
}

/** Says that a browser is on another server, and leads to its page there, signed in: the cookie of this page is for this server only. */
export function Elsewhere({ url, browserId }: { url: string; browserId: string }) {
  const go = useMutation({
    mutationFn: async () => {
      const link = await carrel.dashboard.createSignInLink();
      const there = new URL('/sign-in', url);
      there.searchParams.set('next', `/browsers/${browserId}`);
      there.hash = new URL(link.url).hash;
      location.assign(there);
    },
  });
  return (
    <Note>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span>This browser is on another server: {new URL(url).host}.</span>
        <Button isBusy={go.isPending} onClick={() => go.mutate()}>
          Open it there
        </Button>
      </div>
      {go.error && <ErrorNote error={go.error} />}
    </Note>
  );
}
