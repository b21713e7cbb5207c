import type { CreateProfileRequest, Profile } from '@carrel/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { SchemaDialog } from '../../schema/schema-dialog.js';
import { Button } from '../../ui/button.js';
import { Listing } from '../../ui/listing.js';
import { Page } from '../../ui/page.js';
import { Empty } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago, formatBytes } from '../../ui/time.js';

const COLUMNS: readonly Column<Profile>[] = [
  {
    title: 'Profile',
    cell: ({ id, name }) => (
      <Link to="/profiles/$profileId" params={{ profileId: id }} className="text-accent wrap-anywhere hover:underline">
        {name ?? <span className="font-mono text-xs">{id}</span>}
      </Link>
    ),
  },
  { title: 'End user', cell: ({ endUserId }) => endUserId, isSecondary: true },
  { title: 'Version', cell: ({ currentVersion }) => currentVersion ?? 'nothing saved', isRight: true },
  { title: 'Size', cell: ({ sizeBytes }) => formatBytes(sizeBytes), isRight: true },
  { title: 'In use', cell: ({ heldBy }) => (heldBy.length === 0 ? '' : <Status value="running" label="in use" />), isSecondary: true },
  { title: 'Changed', cell: ({ updatedAt }) => <Ago at={updatedAt} />, isRight: true, isSecondary: true },
];

/** What browsers leave behind for the next one. */
export function Profiles() {
  const [isMaking, setMaking] = useState(false);
  return (
    <Page
      heading="Profiles"
      title="Profiles"
      about="What of a browser is kept when it closes, encrypted and in versions: cookies, storage, and who it was to pages."
      actions={
        <Button look="primary" onClick={() => setMaking(true)}>
          Make a profile
        </Button>
      }
    >
      <Listing
        queryKey={['profiles']}
        read={(cursor, signal) => carrel.profiles.list({}, { signal }).page(cursor)}
        empty={
          <Empty title="No profile yet">
            <p>
              A profile keeps what a browser has when it closes, encrypted and in versions: the next browser with it is signed in already.
            </p>
          </Empty>
        }
      >
        {(profiles) => <Table label="Profiles" columns={COLUMNS} rows={profiles} keyOf={({ id }) => id} />}
      </Listing>
      {isMaking && <MakeProfile onClose={() => setMaking(false)} />}
    </Page>
  );
}

function MakeProfile({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const make = async (request: CreateProfileRequest) => {
    const { id } = await carrel.profiles.create(request);
    void queryClient.invalidateQueries({ queryKey: ['profiles'] });
    await navigate({ to: '/profiles/$profileId', params: { profileId: id } });
  };
  return <SchemaDialog title="Make a profile" schema="CreateProfileRequest" submit="Make it" onSubmit={make} onClose={onClose} />;
}
