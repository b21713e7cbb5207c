import type { BrowserInfo } from '@carrel/sdk';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Thumbnail } from '../../live/thumbnail.js';
import { Status } from '../../ui/status.js';
import { Ago } from '../../ui/time.js';

/** A browser that runs, as it moves. One that sleeps is let sleep: to look at it would wake it. */
export function BrowserTile({ info }: { info: BrowserInfo }) {
  const [title, setTitle] = useState('');
  const isAsleep = info.standby === 'asleep';
  return (
    <Link
      to="/browsers/$browserId"
      params={{ browserId: info.id }}
      className="block overflow-hidden rounded-lg border border-line bg-panel hover:border-edge"
    >
      <div className="aspect-video bg-raised">{!isAsleep && <Thumbnail browserId={info.id} onTitle={setTitle} />}</div>
      <div className="grid gap-0.5 px-3 py-2">
        <p className="truncate text-sm font-medium">{title || info.id}</p>
        <p className="flex items-center justify-between gap-2 text-xs text-soft">
          <Status value={info.status} label={isAsleep ? 'asleep' : undefined} />
          <span className="min-w-0 truncate">{info.endUserId}</span>
          <Ago at={info.createdAt} />
        </p>
      </div>
    </Link>
  );
}
