import type { Task } from '@carrel/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { formatDuration } from '../../ui/time.js';

/** The ways to what was recorded of the browsers of a turn: one for each attempt at it; nothing when there is none. */
export function RecordingsOf({ task: { taskId, browserId } }: { task: Task }) {
  const recordings = useQuery({
    queryKey: ['recordings', 'of', taskId, browserId],
    queryFn: ({ signal }) => carrel.recordings.list({ taskId }, { signal }).all(),
    enabled: browserId !== null,
  });
  return recordings.data?.map((recording) => (
    <Link
      key={recording.browserId}
      to="/recordings/$browserId"
      params={{ browserId: recording.browserId }}
      className="text-sm text-accent hover:underline"
    >
      {`Watch what was recorded${recording.endedAt === null ? '' : ` (${formatDuration(recording.durationMs)})`}`}
    </Link>
  ));
}
