import { useEffect, useRef } from 'react';
import { useLiveLink } from './live-link.js';
import { LiveSession } from './live-session.js';

/** What a browser shows, small and as it moves. Shows nothing while there is no picture: the tile says what it is of. */
export function Thumbnail({ browserId, onTitle }: { browserId: string; onTitle: (title: string) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { url, onExpired } = useLiveLink(browserId, 'view');
  useEffect(() => {
    const screen = canvas.current;
    if (url === undefined || !screen) return;
    const session = new LiveSession(url);
    session.onExpired = onExpired;
    session.onFrame = (_header, picture) => {
      screen.width = picture.width;
      screen.height = picture.height;
      screen.getContext('2d', { alpha: false })?.drawImage(picture, 0, 0);
    };
    const unsubscribe = session.subscribe(() => {
      const active = session.read().state?.tabs.find((tab) => tab.active);
      if (active) onTitle(active.title || active.url);
    });
    const { width, height } = screen.getBoundingClientRect();
    session.send({ type: 'resize', width: Math.ceil(width * devicePixelRatio), height: Math.ceil(height * devicePixelRatio) });
    session.connect();
    return () => {
      unsubscribe();
      session.close();
    };
  }, [url, onExpired, onTitle]);
  return <canvas ref={canvas} role="img" aria-label={`What ${browserId} shows`} className="size-full object-cover object-top" />;
}
