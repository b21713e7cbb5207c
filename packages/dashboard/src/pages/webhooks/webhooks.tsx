import type { CreateWebhookRequest, Webhook } from '@carrel/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { SchemaDialog } from '../../schema/schema-dialog.js';
import { Button } from '../../ui/button.js';
import { Listing } from '../../ui/listing.js';
import { Page } from '../../ui/page.js';
import { SecretNote } from '../../ui/secret-note.js';
import { Empty } from '../../ui/states.js';
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
      about="Servers of yours that are told when something happens. Each delivery is signed, and tried again until it is taken."
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
  const queryClient = useQueryClient();
  const add = async (request: CreateWebhookRequest) => {
    const { secret } = await carrel.webhooks.create(request);
    onMade(secret);
    onClose();
    await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
  };
  return <SchemaDialog title="Add a webhook" schema="CreateWebhookRequest" submit="Add it" onSubmit={add} onClose={onClose} />;
}
