import type { Browser, BrowserEvent } from '@carrel/sdk';
import { useState } from 'react';
import { TextField } from '../../ui/field.js';
import { inOneLine } from '../../ui/json-view.js';
import { useLog } from '../../ui/log.js';
import { Empty, ErrorNote, Loading } from '../../ui/states.js';
import { Clock } from '../../ui/time.js';

const matches = ({ type, data }: BrowserEvent, text: string) =>
  `${type} ${JSON.stringify(data)}`.toLowerCase().includes(text.toLowerCase());

/** The durable log of a browser, as it is written. */
export function Events({ browser }: { browser: Browser }) {
  const [filter, setFilter] = useState('');
  const { entries, error, hasBegun } = useLog<BrowserEvent>(browser.id, (signal) => browser.events({ follow: true, signal }));
  const shown = entries.filter((event) => matches(event, filter)).reverse();
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="max-w-xs">
        <TextField
          label="Filter"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          placeholder="tab.navigated, a host, …"
        />
      </div>
      {error !== undefined && <ErrorNote error={error} />}
      {!hasBegun && error === undefined && <Loading />}
      {hasBegun && shown.length === 0 && <Empty title="No event fits" />}
      {shown.length > 0 && (
        <ol aria-label="Events, newest first" className="rounded-lg border border-line bg-panel">
          {shown.map(({ id, type, createdAt, data }) => (
            <li
              key={id}
              className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 border-b border-line px-3 py-1.5 text-sm last:border-0 md:grid-cols-[auto_11rem_minmax(0,1fr)]"
            >
              <Clock at={createdAt} />
              <span className="font-medium">{type}</span>
              <span className="col-span-2 font-mono text-xs wrap-anywhere text-soft md:col-span-1">
                {Object.entries(data)
                  .map(([name, value]) => `${name}: ${inOneLine(value)}`)
                  .join('  ')}
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
