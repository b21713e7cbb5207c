import { Link } from '@tanstack/react-router';
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
      <p className="font-mono text-xs text-soft">{browserId}</p>
    </Section>
  );
}
