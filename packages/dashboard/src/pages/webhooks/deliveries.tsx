import type { WebhookDelivery } from '@carrel/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { SelectField } from '../../ui/field.js';
import { Listing } from '../../ui/listing.js';
import { Section } from '../../ui/page.js';
import { Empty, ErrorNote } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago, formatDuration } from '../../ui/time.js';

/** The states of a delivery. */
export const STATUSES: readonly WebhookDelivery['status'][] = ['pending', 'delivered', 'failed'];

/** How the last attempt went. */
function outcome({ attempts }: WebhookDelivery): string {
  const last = attempts.at(-1);
  if (!last) return 'not tried yet';
  const said = last.error ?? (last.status === null ? 'no answer' : `HTTP ${last.status}`);
  return `${said}, ${formatDuration(last.durationMs)}${attempts.length > 1 ? `, ${attempts.length} attempts` : ''}`;
}

/** What a webhook was told, or is to be told. */
export function Deliveries({ webhookId, status }: { webhookId: string; status: WebhookDelivery['status'] | undefined }) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const query = status === undefined ? {} : { status };
  const again = useMutation({
    mutationFn: (id: string) => carrel.webhooks.redeliver(webhookId, id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['webhook', webhookId] }),
  });
  const columns: readonly Column<WebhookDelivery>[] = [
    { title: 'Event', cell: ({ type }) => type },
    { title: 'State', cell: (delivery) => <Status value={delivery.status} /> },
    { title: 'Last attempt', cell: (delivery) => <span className="wrap-anywhere">{outcome(delivery)}</span>, isSecondary: true },
    {
      title: 'About',
      cell: ({ taskId, browserId }) => <code className="font-mono text-xs">{taskId ?? browserId}</code>,
      isSecondary: true,
    },
    { title: 'When', cell: ({ createdAt }) => <Ago at={createdAt} />, isRight: true },
    {
      title: 'Actions',
      isRight: true,
      cell: ({ id, type }) => (
        <Button aria-label={`Deliver ${type} again`} isBusy={again.isPending && again.variables === id} onClick={() => again.mutate(id)}>
          Again
        </Button>
      ),
    },
  ];
  return (
    <Section title="Deliveries">
      <div className="w-36">
        <SelectField
          label="State"
          value={status ?? ''}
          onChange={(event) =>
            void navigate({
              to: '/webhooks/$webhookId',
              params: { webhookId },
              search: { status: event.target.value || undefined },
              replace: true,
            })
          }
        >
          <option value="">Any</option>
          {STATUSES.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </SelectField>
      </div>
      {again.error && <ErrorNote error={again.error} />}
      <Listing
        queryKey={['webhook', webhookId, 'deliveries', query]}
        read={(cursor, signal) => carrel.webhooks.deliveries(webhookId, query, { signal }).page(cursor)}
        empty={<Empty title="Nothing was delivered yet" />}
      >
        {(deliveries) => <Table label="Deliveries, newest first" columns={columns} rows={deliveries} keyOf={({ id }) => id} />}
      </Listing>
    </Section>
  );
}
