import type { CreateWebhookRequest, Webhook } from '@carrel/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { withoutEmpty } from '../../schema/json-schema.js';
import { ObjectFields } from '../../schema/schema-field.js';
import { schemaNamed, WithContract } from '../../schema/schema-form.js';
import { Button } from '../../ui/button.js';
import { Dialog, DialogActions } from '../../ui/dialog.js';
import { Listing } from '../../ui/listing.js';
import { Page } from '../../ui/page.js';
import { SecretNote } from '../../ui/secret-note.js';
import { Empty, ErrorNote } from '../../ui/states.js';
import { Status, Tag } from '../../ui/status.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';

const COLUMNS: readonly Column<Webhook>[] = [
  {
    title: 'URL',
    cell: ({ id, url }) => (
      <Link to="/webhooks/$webhookId" params={{ webhookId: id }} className="text-accent wrap-anywhere hover:underline">
        {url}
      </Link>
    ),
  },
  { title: 'State', cell: ({ isEnabled }) => <Status value={isEnabled ? 'enabled' : 'disabled'} /> },
  {
    title: 'Told of',
    cell: ({ events }) => (
      <span className="flex flex-wrap gap-1">
        {events.map((event) => (
          <Tag key={event}>{event}</Tag>
        ))}
      </span>
    ),
    isSecondary: true,
  },
  { title: 'Made', cell: ({ createdAt }) => <Ago at={createdAt} />, isRight: true, isSecondary: true },
];

/** Who is told of what happens. */
export function Webhooks() {
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string>();
  return (
    <Page
      heading="Webhooks"
      title="Webhooks"
      actions={
        <Button look="primary" onClick={() => setMaking(true)}>
          Add a webhook
        </Button>
      }
    >
      {secret !== undefined && <SecretNote secret={secret}>What deliveries are signed with</SecretNote>}
      <Listing
        queryKey={['webhooks']}
        read={(cursor, signal) => carrel.webhooks.list({}, { signal }).page(cursor)}
        empty={<Empty title="No webhook yet">A webhook tells a server of yours when a task has ended, or asks something.</Empty>}
      >
        {(webhooks) => <Table label="Webhooks" columns={COLUMNS} rows={webhooks} keyOf={({ id }) => id} />}
      </Listing>
      {isMaking && <AddWebhook onClose={() => setMaking(false)} onMade={setSecret} />}
    </Page>
  );
}

function AddWebhook({ onClose, onMade }: { onClose: () => void; onMade: (secret: string | undefined) => void }) {
  const [value, setValue] = useState<Record<string, unknown>>({});
  const queryClient = useQueryClient();
  const add = useMutation({
    mutationFn: () => carrel.webhooks.create(withoutEmpty(value) as CreateWebhookRequest),
    onSuccess: async ({ secret }) => {
      onMade(secret);
      onClose();
      await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
    },
  });
  return (
    <Dialog title="Add a webhook" onClose={onClose}>
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <WithContract>
          {(contract) => <ObjectFields schema={schemaNamed(contract, 'CreateWebhookRequest')} value={value} onChange={setValue} />}
        </WithContract>
        {add.error && <ErrorNote error={add.error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={add.isPending}>
            Add it
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
