import { Link } from '@tanstack/react-router';
import { OwnViewer } from '../../live/own-viewer.js';
import { Section } from '../../ui/page.js';

/** The browser of a turn that is under way. */
export function TurnBrowser({ browserId }: { browserId: string }) {
  return (
    <Section
      title="Its browser"
      actions={
        <Link to="/browsers/$browserId" params={{ browserId }} className="text-sm text-accent hover:underline">
          Open
        </Link>
      }
    >
      <div className="h-80 overflow-hidden rounded-lg border border-line lg:h-[32rem]">
        <OwnViewer browserId={browserId} />
      </div>
    </Section>
  );
}
