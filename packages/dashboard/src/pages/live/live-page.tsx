import { getRouteApi } from '@tanstack/react-router';
import { Viewer } from '../../live/viewer.js';

const route = getRouteApi('/live/$token');

/** What a live link opens: for people without an account, and for frames in other pages (`?chrome=none`). */
export function LivePage() {
  const { token } = route.useParams();
  const { chrome } = route.useSearch();
  return (
    <main className="h-dvh">
      <title>Live · Carrel</title>
      <h1 className="sr-only">A browser, live</h1>
      <Viewer url={`${location.origin}/live/${encodeURIComponent(token)}`} isBare={chrome === 'none'} />
    </main>
  );
}
