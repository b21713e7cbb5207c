import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { saveAs } from '../../ui/save-as.js';
import { ErrorNote } from '../../ui/states.js';
import { formatBytes } from '../../ui/time.js';

const FORMATS = ['mp4', 'webm'] as const;
type Format = (typeof FORMATS)[number];

/** Makes a film of a recording, and saves it. */
export function ExportFilm({ browserId }: { browserId: string }) {
  const [format, setFormat] = useState<Format>('mp4');
  const [sizeBytes, setSizeBytes] = useState(0);
  const film = useMutation({
    mutationFn: async () => {
      setSizeBytes(0);
      const stream = await carrel.recordings.export(browserId, { format });
      const counted = stream.pipeThrough(
        new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
          transform(chunk, controller) {
            setSizeBytes((before) => before + chunk.length);
            controller.enqueue(chunk);
          },
        }),
      );
      saveAs(`${browserId}.${format}`, await new Response(counted).blob());
    },
  });
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <select
          aria-label="Format of the film"
          value={format}
          onChange={(event) => setFormat(event.target.value as Format)}
          className="h-8 rounded-md border border-edge bg-panel px-1 text-sm"
        >
          {FORMATS.map((one) => (
            <option key={one} value={one}>
              {one === 'mp4' ? 'MP4' : 'WebM'}
            </option>
          ))}
        </select>
        <Button isBusy={film.isPending} onClick={() => film.mutate()}>
          Export as a film
        </Button>
        <span role="status" className="text-xs text-soft">
          {film.isPending && `Making it: ${formatBytes(sizeBytes)}`}
          {film.isSuccess && `Saved: ${formatBytes(sizeBytes)}`}
        </span>
      </div>
      {film.error && <ErrorNote error={film.error} />}
    </div>
  );
}
