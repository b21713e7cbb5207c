import { isCarrelError } from '@carrel/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { buttonClass } from '../../ui/button.js';
import { Panel } from '../../ui/page.js';
import { Empty, ErrorNote, Loading } from '../../ui/states.js';
import { formatDuration } from '../../ui/time.js';

/** The way to what was recorded of a browser. */
export function RecordingOf({ browserId }: { browserId: string }) {
  const recording = useQuery({ queryKey: ['recording', browserId], queryFn: ({ signal }) => carrel.recordings.get(browserId, { signal }) });
  if (recording.isPending) return <Loading rows={1} />;
  if (isCarrelError(recording.error, 'not_found')) {
    return <Empty title="It is not recorded">Open a browser with “Record” to look at it afterwards.</Empty>;
  }
  if (recording.isError) return <ErrorNote error={recording.error} onRetry={() => void recording.refetch()} />;
  const { durationMs, frames, endedAt } = recording.data;
  return (
    <Panel className="flex flex-wrap items-center justify-between gap-3">
      <p className="text-sm">{`${formatDuration(durationMs)}, ${frames} pictures${endedAt === null ? ', and it goes on' : ''}`}</p>
      <Link to="/recordings/$browserId" params={{ browserId }} className={buttonClass('primary')}>
        Play it
      </Link>
    </Panel>
  );
}
