import type { BrowserInfo } from '@carrel/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Status } from '../../ui/status.js';
import { Ago } from '../../ui/time.js';

/** Good enough for a thumbnail, and small. */
const QUALITY = 45;

/** An address for bytes that an `<img>` can show, given back when it is not needed any more. */
function usePictureUrl(bytes: Uint8Array<ArrayBuffer> | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (bytes === undefined) return;
    const made = URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return url;
}

/** A browser that runs, with a picture of what it shows: taken again when the page says that something happened in it. */
export function BrowserTile({ info }: { info: BrowserInfo }) {
  const isAsleep = info.standby === 'asleep';
  const seen = useQuery({
    queryKey: ['browser', info.id, 'thumbnail'],
    queryFn: async ({ signal }) => {
      const browser = await carrel.browsers.get(info.id, { signal });
      const [tab] = (await browser.tabs.list({ signal })).filter(({ active }) => active);
      return { tab, picture: await browser.screenshot({ format: 'jpeg', quality: QUALITY }, { signal }) };
    },
    // To look at a browser that sleeps would wake it.
    enabled: !isAsleep,
    structuralSharing: false,
  });
  const url = usePictureUrl(seen.data?.picture);
  const name = seen.data?.tab?.title || seen.data?.tab?.url || info.id;
  return (
    <Link
      to="/browsers/$browserId"
      params={{ browserId: info.id }}
      className="block overflow-hidden rounded-lg border border-line bg-panel hover:border-edge"
    >
      <div className="aspect-video bg-raised">
        {url !== undefined && <img src={url} alt={`What ${info.id} shows`} className="size-full object-cover object-top" />}
      </div>
      <div className="grid gap-0.5 px-3 py-2">
        <p className="truncate text-sm font-medium">{name}</p>
        <p className="flex items-center justify-between gap-2 text-xs text-soft">
          <Status value={info.status} label={isAsleep ? 'asleep' : undefined} />
          <span className="min-w-0 truncate">{info.endUserId}</span>
          <Ago at={info.createdAt} />
        </p>
      </div>
    </Link>
  );
}
