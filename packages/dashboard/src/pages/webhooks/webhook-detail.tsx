import type { Webhook } from '@carrel/sdk';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { ConfirmButton } from '../../ui/confirm.js';
import { Id } from '../../ui/copy.js';
import { Fact, Facts, Page, Panel } from '../../ui/page.js';
import { SecretNote } from '../../ui/secret-note.js';
import { ErrorNote, Loading } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { Ago } from '../../ui/time.js';
import { Deliveries, STATUSES } from './deliveries.js';

const route = getRouteApi('/app/webhooks/$webhookId');

const above = (
  <Link to="/webhooks" className="hover:underline">
    Webhooks
  </Link>
);

export function WebhookDetail() {
  const { webhookId } = route.useParams();
  const webhook = useQuery({ queryKey: ['webhook', webhookId], queryFn: ({ signal }) => carrel.webhooks.get(webhookId, { signal }) });
  if (webhook.isPending || webhook.isError) {
    return (
      <Page heading="Webhook" title="Webhook" above={above}>
        {webhook.isPending ? <Loading rows={5} /> : <ErrorNote error={webhook.error} onRetry={() => void webhook.refetch()} />}
      </Page>
    );
  }
  return <Detail webhook={webhook.data} />;
}

function Detail({ webhook: { id, url, events, isEnabled, createdAt } }: { webhook: Webhook }) {
  const { status } = route.useSearch();
  const [secret, setSecret] = useState<string>();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const refresh = () => Promise.all(['webhook', 'webhooks'].map((first) => queryClient.invalidateQueries({ queryKey: [first] })));
  const toggle = useMutation({ mutationFn: () => carrel.webhooks.update(id, { isEnabled: !isEnabled }), onSuccess: refresh });
  const remove = async () => {
    await carrel.webhooks.delete(id);
    await navigate({ to: '/webhooks' });
    await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
  };
  const rotate = async () => setSecret((await carrel.webhooks.rotateSecret(id)).secret);
  return (
    <Page
      heading="Webhook"
      above={above}
      title={url}
      actions={
        <>
          <Button isBusy={toggle.isPending} onClick={() => toggle.mutate()}>
            {isEnabled ? 'Disable' : 'Enable'}
          </Button>
          <ConfirmButton label="Renew the secret" look="plain" title="Renew the secret?" confirm="Renew it" onConfirm={rotate}>
            Deliveries are signed with the new one at once: your server must know it.
          </ConfirmButton>
          <ConfirmButton label="Delete" title="Delete this webhook?" confirm="Delete it" onConfirm={remove}>
            Nothing is delivered there any more, and what was is forgotten.
          </ConfirmButton>
        </>
      }
    >
      {toggle.error && <ErrorNote error={toggle.error} />}
      {secret !== undefined && <SecretNote secret={secret}>The new secret</SecretNote>}
      <Panel>
        <Facts>
          <Fact name="State">
            <Status value={isEnabled ? 'enabled' : 'disabled'} />
          </Fact>
          <Fact name="Told of">{events.join(', ')}</Fact>
          <Fact name="Made">
            <Ago at={createdAt} />
          </Fact>
          <Fact name="Id">
            <Id value={id} />
          </Fact>
        </Facts>
      </Panel>
      <Deliveries webhookId={id} status={STATUSES.find((one) => one === status)} />
    </Page>
  );
}
