import type { Recording, RecordingLine } from '@carrel/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button, buttonClass } from '../../ui/button.js';
import { ConfirmButton } from '../../ui/confirm.js';
import { TextField } from '../../ui/field.js';
import { Page, Section } from '../../ui/page.js';
import { ErrorNote, Loading, Note } from '../../ui/states.js';
import { formatBytes, formatDuration } from '../../ui/time.js';
import { ExportFilm } from './export-film.js';
import { Player } from './player.js';
import { Timeline } from './timeline.js';

const route = getRouteApi('/app/recordings/$browserId');

const ENDS: Partial<Record<NonNullable<Recording['endReason']>, string>> = {
  size: 'It ends where it had come to the largest size that one may have.',
  failed: 'It ends where it could not be written any more.',
  server_died: 'Its server died: the last second may be missing.',
};

const above = (
  <Link to="/recordings" className="hover:underline">
    Recordings
  </Link>
);

async function readLines(browserId: string, search: string, signal: AbortSignal): Promise<RecordingLine[]> {
  const lines: RecordingLine[] = [];
  for await (const line of carrel.recordings.timeline(browserId, search === '' ? {} : { search }, { signal })) lines.push(line);
  return lines;
}

/** One recording: its pictures, and what happened when. */
export function RecordingDetail() {
  const { browserId } = route.useParams();
  const recording = useQuery({ queryKey: ['recording', browserId], queryFn: ({ signal }) => carrel.recordings.get(browserId, { signal }) });
  if (recording.isPending || recording.isError) {
    return (
      <Page heading="Recording" title="Recording" above={above}>
        {recording.isPending ? <Loading rows={6} /> : <ErrorNote error={recording.error} onRetry={() => void recording.refetch()} />}
      </Page>
    );
  }
  return <Detail key={browserId} recording={recording.data} />;
}

function Detail({ recording }: { recording: Recording }) {
  const { browserId, sessionId, durationMs, frames, sizeBytes, endReason } = recording;
  const [atMs, setAtMs] = useState(0);
  const [search, setSearch] = useState('');
  const asked = useDeferredValue(search.trim());
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const marks = useQuery({ queryKey: ['recording', browserId, 'lines', ''], queryFn: ({ signal }) => readLines(browserId, '', signal) });
  const found = useQuery({
    queryKey: ['recording', browserId, 'lines', asked],
    queryFn: ({ signal }) => readLines(browserId, asked, signal),
  });
  const remove = async () => {
    await carrel.recordings.delete(browserId);
    await queryClient.invalidateQueries({ queryKey: ['recordings'] });
    await navigate({ to: '/recordings' });
  };
  const why = endReason === null ? undefined : ENDS[endReason];
  return (
    <Page
      heading="Recording"
      above={above}
      title={<span className="font-mono text-lg">{browserId}</span>}
      actions={
        <>
          {sessionId !== null && (
            <Link to="/conversations/$sessionId" params={{ sessionId }} className={buttonClass()}>
              The conversation
            </Link>
          )}
          <span className="text-xs text-soft">{`${formatDuration(durationMs)}, ${frames} pictures, ${formatBytes(sizeBytes)}`}</span>
          <ConfirmButton label="Delete" title="Delete this recording?" confirm="Delete it" onConfirm={remove}>
            It is gone for good.
          </ConfirmButton>
        </>
      }
    >
      {why !== undefined && <Note>{why}</Note>}
      {recording.endedAt === null && (
        <Note>
          It goes on. This is what there was when you came.{' '}
          <Button look="quiet" onClick={() => void queryClient.invalidateQueries({ queryKey: ['recording', browserId] })}>
            Show what has come since
          </Button>
        </Note>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 lg:grid-cols-[minmax(0,5fr)_minmax(16rem,3fr)]">
        <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-4">
          <Player recording={recording} marks={marks.data ?? []} atMs={atMs} onSeek={setAtMs} />
          {frames > 0 && <ExportFilm browserId={browserId} />}
        </div>
        <Section title="What happened">
          <TextField
            label="Search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            placeholder="An address, an action, a step, what a page wrote"
          />
          {found.error && <ErrorNote error={found.error} onRetry={() => void found.refetch()} />}
          {found.isPending ? <Loading rows={6} /> : <Timeline lines={found.data ?? []} atMs={atMs} onSeek={setAtMs} />}
        </Section>
      </div>
    </Page>
  );
}
