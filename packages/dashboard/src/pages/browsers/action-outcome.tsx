import type { ActionResult } from '@carrel/sdk';
import { inOneLine } from '../../ui/json-view.js';
import { formatDuration } from '../../ui/time.js';

/** What an action did, or why it failed. */
export function ActionOutcome({ result }: { result: ActionResult }) {
  const { success, failure, message, durationMs, changes, url, title, screenshot } = result;
  const changed = Object.entries(changes);
  return (
    <div
      role="status"
      className={`grid gap-1 rounded-md border px-3 py-2 text-sm wrap-anywhere ${success ? 'border-line bg-tint' : 'border-alert bg-alert-tint'}`}
    >
      <p className={`font-medium ${success ? '' : 'text-alert'}`}>
        {success ? `Done in ${formatDuration(durationMs)}` : `Failed: ${failure?.replaceAll('_', ' ') ?? ''}`}
      </p>
      <p>{message}</p>
      <p className="text-xs text-soft">{`${title} ${url}`}</p>
      {changed.map(([name, value]) => (
        <p key={name} className="font-mono text-xs">{`${name}: ${inOneLine(value)}`}</p>
      ))}
      {screenshot && (
        <img
          alt="What the page looked like"
          src={`data:image/${screenshot.format};base64,${screenshot.base64}`}
          className="rounded border border-line"
        />
      )}
    </div>
  );
}
