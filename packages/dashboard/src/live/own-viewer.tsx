import { useSuspenseQuery } from '@tanstack/react-query';
import { meQuery } from '../app/queries.js';
import { ErrorNote, Loading, Note } from '../ui/states.js';
import { Elsewhere, elsewhereOf } from './elsewhere.js';
import { useLiveLink } from './live-link.js';
import { Viewer } from './viewer.js';

/** The viewer for somebody who is signed in: it makes its link itself. */
export function OwnViewer({ browserId }: { browserId: string }) {
  const { data: me } = useSuspenseQuery(meQuery);
  const { url, error, onExpired } = useLiveLink(browserId, me.scopes.includes('browsers:write') ? 'control' : 'view');
  const elsewhere = elsewhereOf(error);
  if (elsewhere !== undefined) return <Elsewhere url={elsewhere} browserId={browserId} />;
  if (error !== undefined) return <ErrorNote error={error} />;
  if (url === undefined) return <Loading rows={6} what="Making a link" />;
  // Behind a balancer this page has another origin than the server that has the browser, and may connect to its own only.
  if (new URL(url, location.href).origin !== location.origin) return <ThereNote url={url} />;
  return <Viewer key={url} url={url} onExpired={onExpired} />;
}

function ThereNote({ url }: { url: string }) {
  return (
    <Note>
      The picture of this browser comes from its own server.{' '}
      <a href={url} target="_blank" rel="noreferrer noopener" className="text-accent underline">
        Watch it at {new URL(url).host}
      </a>
    </Note>
  );
}
