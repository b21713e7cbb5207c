import type { Recording } from '@carrel/sdk';
import { Link } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { Listing } from '../../ui/listing.js';
import { Page } from '../../ui/page.js';
import { Empty } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago, formatBytes, formatDuration } from '../../ui/time.js';

const COLUMNS: readonly Column<Recording>[] = [
  {
    title: 'Browser',
    cell: ({ browserId }) => (
      <Link to="/recordings/$browserId" params={{ browserId }} className="font-mono text-xs text-accent hover:underline">
        {browserId}
      </Link>
    ),
  },
  {
    title: 'Of',
    cell: ({ sessionId }) =>
      sessionId !== null && (
        <Link to="/conversations/$sessionId" params={{ sessionId }} className="text-accent hover:underline">
          a conversation
        </Link>
      ),
    isSecondary: true,
  },
  { title: 'End user', cell: ({ endUserId }) => endUserId, isSecondary: true },
  { title: 'State', cell: ({ endedAt }) => (endedAt === null ? <Status value="recording" /> : <Status value="ended" />) },
  { title: 'Length', cell: ({ durationMs }) => formatDuration(durationMs), isRight: true },
  { title: 'Pictures', cell: ({ frames }) => frames, isRight: true, isSecondary: true },
  { title: 'Size', cell: ({ sizeBytes }) => formatBytes(sizeBytes), isRight: true, isSecondary: true },
  { title: 'Begun', cell: ({ createdAt }) => <Ago at={createdAt} />, isRight: true },
];

/** What was recorded of browsers. */
export function Recordings() {
  return (
    <Page heading="Recordings" title="Recordings">
      <Listing
        queryKey={['recordings']}
        read={(cursor, signal) => carrel.recordings.list({}, { signal }).page(cursor)}
        empty={
          <Empty title="No recording yet">
            A browser or a task that is begun with “Record” is recorded: pictures as they change, and all that happens on one timeline.
          </Empty>
        }
      >
        {(recordings) => <Table label="Recordings" columns={COLUMNS} rows={recordings} keyOf={({ browserId }) => browserId} />}
      </Listing>
    </Page>
  );
}
