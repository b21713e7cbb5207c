import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.js';
import { TextField } from '../ui/field.js';
import { ErrorNote } from '../ui/states.js';
import { carrel } from './carrel.js';
import { Mark } from './mark.js';

const route = getRouteApi('/sign-in');

/** Only a path of this app: an address that leads elsewhere would make the sign-in page a help for phishing. */
const ownPath = (next: string | undefined) => (next?.startsWith('/') && !/^\/[/\\]/.test(next) ? next : '/');

/** The code of a one-time link. It is behind the #, so that no server and no Referer ever hears of it. */
const codeOfLink = () => new URLSearchParams(location.hash.slice(1)).get('code');

/** Signing in with an API key, or by a link that the server printed. */
export function SignIn() {
  const { next } = route.useSearch();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [apiKey, setApiKey] = useState('');
  const signIn = useMutation({
    mutationFn: (proof: { apiKey: string } | { code: string }) => carrel.dashboard.signIn(proof),
    onSuccess: async () => {
      queryClient.clear();
      await navigate({ to: ownPath(next), replace: true });
    },
  });
  const isTried = useRef(false);
  const { mutate } = signIn;
  useEffect(() => {
    const code = codeOfLink();
    // A code is good once: React's strict mode runs effects twice.
    if (code === null || isTried.current) return;
    isTried.current = true;
    history.replaceState(history.state, '', location.pathname + location.search);
    mutate({ code });
  }, [mutate]);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    signIn.mutate({ apiKey: apiKey.trim() });
  };
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <title>Sign in · Carrel</title>
      <div className="w-full max-w-sm rounded-xl border border-line bg-panel p-8 shadow-sm">
        <p className="mb-6 flex items-center gap-2.5 text-base font-semibold">
          <Mark />
          Carrel
        </p>
        <h1 className="mb-4 text-xl font-semibold tracking-tight">Sign in</h1>
        <form onSubmit={submit} className="grid gap-4">
          <TextField
            label="API key"
            type="password"
            name="apiKey"
            autoComplete="current-password"
            placeholder="ck_…"
            required
            value={apiKey}
            onChange={(event) => setApiKey(event.target.value)}
            hint={
              <>
                The first one is in the file <code className="font-mono">api-key</code> of the server’s data directory. Or open the one-time
                link that <code className="font-mono">carrel dashboard</code> prints.
              </>
            }
          />
          {signIn.error && <ErrorNote error={signIn.error} />}
          <Button type="submit" look="primary" isBusy={signIn.isPending}>
            {signIn.isPending ? 'Signing in…' : 'Sign in'}
          </Button>
        </form>
      </div>
    </main>
  );
}
