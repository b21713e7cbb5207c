import type { CreateProfileRequest, Profile } from '@carrel/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { withoutEmpty } from '../../schema/json-schema.js';
import { ObjectFields } from '../../schema/schema-field.js';
import { schemaNamed, WithContract } from '../../schema/schema-form.js';
import { Button } from '../../ui/button.js';
import { Dialog, DialogActions } from '../../ui/dialog.js';
import { Listing } from '../../ui/listing.js';
import { Page } from '../../ui/page.js';
import { Empty, ErrorNote } from '../../ui/states.js';
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
  const [value, setValue] = useState<Record<string, unknown>>({});
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const make = useMutation({
    mutationFn: () => carrel.profiles.create(withoutEmpty(value) as CreateProfileRequest),
    onSuccess: async ({ id }) => {
      void queryClient.invalidateQueries({ queryKey: ['profiles'] });
      await navigate({ to: '/profiles/$profileId', params: { profileId: id } });
    },
  });
  return (
    <Dialog title="Make a profile" onClose={onClose}>
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <WithContract>
          {(contract) => <ObjectFields schema={schemaNamed(contract, 'CreateProfileRequest')} value={value} onChange={setValue} />}
        </WithContract>
        {make.error && <ErrorNote error={make.error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={make.isPending}>
            Make it
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
