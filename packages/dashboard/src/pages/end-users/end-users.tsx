import type { EndUserInfo } from '@carrel/sdk';
import { Link } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { Listing } from '../../ui/listing.js';
import { Page } from '../../ui/page.js';
import { Empty } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';

const COLUMNS: readonly Column<EndUserInfo>[] = [
  {
    title: 'End user',
    cell: ({ endUserId }) => (
      <Link to="/end-users/$endUserId" params={{ endUserId }} className="text-accent wrap-anywhere hover:underline">
        {endUserId}
      </Link>
    ),
  },
  { title: 'Conversations', cell: ({ sessionCount }) => sessionCount, isRight: true },
  { title: 'Profiles', cell: ({ profileCount }) => profileCount, isRight: true, isSecondary: true },
  { title: 'Credentials', cell: ({ hasCredentials }) => (hasCredentials ? 'yes' : 'none') },
  { title: 'Known', cell: ({ createdAt }) => <Ago at={createdAt} />, isRight: true, isSecondary: true },
];

/** Your own customers. */
export function EndUsers() {
  return (
    <Page
      heading="End users"
      title="End users"
      about="Your own customers, by your own names for them. What belongs to one is never given to another."
    >
      <Listing
        queryKey={['end-users']}
        read={(cursor, signal) => carrel.endUsers.list({}, { signal }).page(cursor)}
        empty={
          <Empty title="No end user yet">
            There is one as soon as anything is said of them: a task, a browser, a profile or a credential.
          </Empty>
        }
      >
        {(endUsers) => <Table label="End users" columns={COLUMNS} rows={endUsers} keyOf={({ endUserId }) => endUserId} />}
      </Listing>
    </Page>
  );
}
