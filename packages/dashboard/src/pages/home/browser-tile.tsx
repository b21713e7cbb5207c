import type { BrowserInfo } from '@carrel/sdk';
import { Link } from '@tanstack/react-router';
import { Moon } from 'lucide-react';
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
      className="block overflow-hidden rounded-lg border border-line bg-panel shadow-xs transition-shadow hover:border-edge hover:shadow-md"
    >
      <div className="grid aspect-video place-items-center border-b border-line bg-raised">
        {isAsleep ? (
          <p className="flex items-center gap-2 text-sm text-soft">
            <Moon className="size-4" aria-hidden="true" />
            It sleeps until it is used
          </p>
        ) : (
          <Thumbnail browserId={info.id} onTitle={setTitle} />
        )}
      </div>
      <div className="grid gap-1 px-3 py-2.5">
        <p className="truncate text-sm font-medium">{title || <span className="font-mono text-xs">{info.id}</span>}</p>
        <p className="flex items-center justify-between gap-2 text-xs text-soft">
          <Status
            value={info.needsHuman === null ? info.status : 'paused'}
            label={info.needsHuman ? 'needs a person' : isAsleep ? 'asleep' : undefined}
          />
          <span className="min-w-0 truncate">{info.endUserId}</span>
          <Ago at={info.createdAt} />
        </p>
      </div>
    </Link>
  );
}
