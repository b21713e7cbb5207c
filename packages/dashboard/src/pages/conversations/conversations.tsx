import type { SessionSummary } from '@carrel/sdk';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { TextField } from '../../ui/field.js';
import { Listing } from '../../ui/listing.js';
import { Page, Section } from '../../ui/page.js';
import { Empty } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';
import { NewTask } from './new-task.js';

const route = getRouteApi('/app/conversations');

const COLUMNS: readonly Column<SessionSummary>[] = [
  {
    title: 'Conversation',
    cell: ({ sessionId, firstTask }) => (
      <Link
        to="/conversations/$sessionId"
        params={{ sessionId }}
        className="line-clamp-2 min-w-40 text-accent wrap-anywhere hover:underline"
      >
        {firstTask}
      </Link>
    ),
  },
  {
    title: 'End user',
    cell: ({ endUserId }) => (
      <Link to="/end-users/$endUserId" params={{ endUserId }} className="wrap-anywhere hover:underline">
        {endUserId}
      </Link>
    ),
    isSecondary: true,
  },
  { title: 'Turns', cell: ({ turnCount }) => turnCount, isRight: true },
  { title: 'Latest', cell: ({ latestStatus }) => <Status value={latestStatus} /> },
  { title: 'When', cell: ({ latestUpdatedAt }) => <Ago at={latestUpdatedAt} />, isRight: true, isSecondary: true },
];

/** The conversations of the project, and the beginning of another one. */
export function Conversations() {
  const { endUserId } = route.useSearch();
  const navigate = useNavigate();
  const query = endUserId === undefined ? {} : { endUserId };
  return (
    <Page
      heading="Conversations"
      title="Conversations"
      about="An agent works for one of your end users, turn by turn: each turn has a fresh browser, and knows what came of the turn before."
    >
      <Section title="Begin one">
        <NewTask
          endUserId={endUserId}
          onSubmitted={({ sessionId }) => void navigate({ to: '/conversations/$sessionId', params: { sessionId } })}
        />
      </Section>
      <Section title="All">
        <div className="w-48">
          <TextField
            label="End user"
            placeholder="Any"
            value={endUserId ?? ''}
            onChange={(event) =>
              void navigate({ to: '/conversations', search: { endUserId: event.target.value || undefined }, replace: true })
            }
          />
        </div>
        <Listing
          queryKey={['sessions', query]}
          read={(cursor, signal) => carrel.sessions.list(query, { signal }).page(cursor)}
          empty={
            <Empty title={endUserId === undefined ? 'No conversation yet' : 'No conversation of this end user'}>
              Say above what an agent is to do.
            </Empty>
          }
        >
          {(sessions) => <Table label="Conversations" columns={COLUMNS} rows={sessions} keyOf={({ sessionId }) => sessionId} />}
        </Listing>
      </Section>
    </Page>
  );
}
