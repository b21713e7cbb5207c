import type { Observation, PageElement } from '@carrel/sdk';
import { useState } from 'react';
import { CheckField } from '../../ui/field.js';
import { PageLink } from '../../ui/page-link.js';
import { Note } from '../../ui/states.js';

interface ObservedPageProps {
  observation: Observation;
  chosenRef: string | undefined;
  onPick: (ref: string) => void;
}

const percent = (part: number, whole: number) => `${(100 * part) / whole}%`;
const nameOf = ({ ref, role, name }: PageElement) => `${ref}: ${role}${name === '' ? '' : ` “${name}”`}`;

/** The picture of the page with a box round each element that an action can name; pressing one takes its ref. */
export function ObservedPage({ observation, chosenRef, onPick }: ObservedPageProps) {
  const [hasBoxes, setBoxes] = useState(true);
  const { metadata, screenshot, elements, snapshot, dialog, truncated } = observation;
  const { viewport } = metadata;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex flex-wrap items-baseline justify-between gap-2 text-sm">
        <div className="flex min-w-0 flex-wrap gap-x-3">
          <span className="font-medium">{metadata.title || 'No title'}</span>
          <PageLink url={metadata.url} />
        </div>
        <CheckField label="Boxes" checked={hasBoxes} onChange={(event) => setBoxes(event.target.checked)} />
      </div>
      {dialog && <Note>{`A dialog is open (${dialog.type}): ${dialog.message}. Answer it with the action “dialog”.`}</Note>}
      {screenshot && (
        <div className="relative overflow-hidden rounded-md border border-line">
          <img alt="The page as it is now" src={`data:image/${screenshot.format};base64,${screenshot.base64}`} className="block w-full" />
          {hasBoxes &&
            elements.map((element) => {
              const { ref, box } = element;
              if (!box || box.width === 0 || box.height === 0) return null;
              return (
                <button
                  key={ref}
                  type="button"
                  title={nameOf(element)}
                  aria-label={nameOf(element)}
                  onClick={() => onPick(ref)}
                  className={`absolute border-2 ${ref === chosenRef ? 'border-alert bg-alert/20' : 'border-accent/70 hover:bg-accent/15'}`}
                  style={{
                    left: percent(box.x, viewport.width),
                    top: percent(box.y, viewport.height),
                    width: percent(box.width, viewport.width),
                    height: percent(box.height, viewport.height),
                  }}
                />
              );
            })}
        </div>
      )}
      <details className="rounded-md border border-line px-3 py-2">
        <summary className="text-sm font-medium">Snapshot, as text</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <pre tabIndex={0} className="max-h-96 overflow-auto pt-2 font-mono text-xs">
          {snapshot}
        </pre>
        {truncated.snapshotChars > 0 && <p className="text-xs text-soft">{`Cut: the whole has ${truncated.snapshotChars} characters.`}</p>}
      </details>
    </div>
  );
}
