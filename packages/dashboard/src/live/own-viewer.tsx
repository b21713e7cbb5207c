import { ErrorNote, Loading } from '../ui/states.js';
import { useLiveLink } from './live-link.js';
import { Viewer } from './viewer.js';

/** The viewer for somebody who is signed in: it makes its link itself. */
export function OwnViewer({ browserId }: { browserId: string }) {
  const { url, error, onEnd } = useLiveLink(browserId, 'control');
  if (error !== undefined) return <ErrorNote error={error} />;
  if (url === undefined) return <Loading rows={6} what="Making a link" />;
  return <Viewer key={url} url={url} onEnd={onEnd} />;
}
