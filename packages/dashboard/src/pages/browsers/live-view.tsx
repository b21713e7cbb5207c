import { OwnViewer } from '../../live/own-viewer.js';

/** The browser as it is, as large as the window lets it be. */
export function LiveView({ browserId }: { browserId: string }) {
  return (
    <div className="h-96 sm:h-[max(24rem,calc(100dvh-15.5rem))] overflow-hidden rounded-lg border border-line">
      <OwnViewer browserId={browserId} />
    </div>
  );
}
