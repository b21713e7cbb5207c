import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { buttonClass } from '../ui/button.js';
import { Page } from '../ui/page.js';
import { ErrorNote } from '../ui/states.js';
import { UnreachableError } from './lazy-page.js';

/** There is no such page. */
export function NotFound() {
  return (
    <main>
      <Page heading="Not found" title="There is no such page">
        <p className="text-soft">The address may be misspelled, or what it led to is gone.</p>
        <div>
          <Link to="/" className={buttonClass('primary')}>
            Go home
          </Link>
        </div>
      </Page>
    </main>
  );
}

/** A page that could not be shown: what happened, and how to go on. The rest of the app stays. */
export function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <Page heading="Error" title="This page could not be shown">
      {/* What was not loaded is not tried again by the router. */}
      <ErrorNote error={error} onRetry={error instanceof UnreachableError ? () => location.reload() : reset} />
    </Page>
  );
}

/** The same where there is nothing round it. */
export function BrokenAlone(props: ErrorComponentProps) {
  return (
    <main>
      <Broken {...props} />
    </main>
  );
}
