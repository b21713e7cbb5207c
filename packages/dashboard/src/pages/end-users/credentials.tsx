import type { Credentials as CredentialsInfo, SetCredentialsRequest } from '@carrel/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { SchemaDialog } from '../../schema/schema-dialog.js';
import { Button } from '../../ui/button.js';
import { ConfirmButton } from '../../ui/confirm.js';
import { Section } from '../../ui/page.js';
import { Empty, ErrorNote, Loading } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';

type Login = CredentialsInfo['logins'][number];
type LoginToGive = NonNullable<SetCredentialsRequest['logins']>[number];

/** What an end user signs in with. Values go in, and never come out: of those there are, only that there are. */
export function Credentials({ endUserId }: { endUserId: string }) {
  const [giving, setGiving] = useState<'login' | 'other'>();
  const queryClient = useQueryClient();
  const queryKey = ['end-user', endUserId, 'credentials'];
  const known = useQuery({ queryKey, queryFn: ({ signal }) => carrel.endUsers(endUserId).credentials.get({ signal }) });
  const refresh = () => queryClient.invalidateQueries({ queryKey });
  const columns: readonly Column<Login>[] = [
    { title: 'Login', cell: ({ alias }) => alias },
    { title: 'Where', cell: ({ origins }) => origins.join(', ') },
    {
      title: 'Has',
      cell: ({ hasUsername, hasPassword, hasTotpSecret, fields }) =>
        [hasUsername && 'user name', hasPassword && 'password', hasTotpSecret && 'TOTP', ...fields].filter(Boolean).join(', '),
      isSecondary: true,
    },
    { title: 'Given', cell: ({ updatedAt }) => <Ago at={updatedAt} />, isRight: true, isSecondary: true },
    {
      title: 'Actions',
      isRight: true,
      cell: ({ alias }) => (
        <ConfirmButton
          label="Delete"
          title={`Delete the login ${alias}?`}
          confirm="Delete it"
          onConfirm={() =>
            carrel
              .endUsers(endUserId)
              .credentials.delete({ logins: [alias] })
              .then(refresh)
          }
        >
          Agents cannot sign in with it any more.
        </ConfirmButton>
      ),
    },
  ];
  return (
    <Section
      title="Credentials"
      actions={
        <>
          <Button onClick={() => setGiving('login')}>Add a login</Button>
          <Button onClick={() => setGiving('other')}>Add cookies or state</Button>
        </>
      }
    >
      {known.isPending && <Loading />}
      {known.error && <ErrorNote error={known.error} onRetry={() => void known.refetch()} />}
      {known.data && <KnownCredentials known={known.data} columns={columns} />}
      {giving && <GiveCredentials endUserId={endUserId} kind={giving} onClose={() => setGiving(undefined)} onDone={refresh} />}
    </Section>
  );
}

function KnownCredentials({ known, columns }: { known: CredentialsInfo; columns: readonly Column<Login>[] }) {
  const { logins, cookies, origins, platforms } = known;
  const complete = Object.entries(platforms).flatMap(([name, isComplete]) => (isComplete ? [name] : []));
  if (logins.length + cookies.length + origins.length === 0) return <Empty title="No credentials" />;
  return (
    <>
      {logins.length > 0 && <Table label="Logins" columns={columns} rows={logins} keyOf={({ alias }) => alias} />}
      <p className="text-sm text-soft">
        {[
          `${cookies.length} cookies${cookies.length === 0 ? '' : ` of ${[...new Set(cookies.map(({ domain }) => domain))].join(', ')}`}`,
          `state of ${origins.length} origins`,
          complete.length > 0 && `complete for ${complete.join(', ')}`,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </>
  );
}

interface GiveProps {
  endUserId: string;
  kind: 'login' | 'other';
  onClose: () => void;
  onDone: () => Promise<unknown>;
}

function GiveCredentials({ endUserId, kind, onClose, onDone }: GiveProps) {
  const { credentials } = carrel.endUsers(endUserId);
  const give = async (given: SetCredentialsRequest) => {
    await credentials.set(given);
    onClose();
    await onDone();
  };
  const dialog = { submit: 'Keep it', isWide: true, onClose };
  const promise = <p className="text-sm text-soft">What is entered here is encrypted and never shown again, to nobody.</p>;
  if (kind === 'login') {
    return (
      <SchemaDialog<LoginToGive> {...dialog} title="Add a login" schema="Login" onSubmit={(login) => give({ logins: [login] })}>
        {promise}
      </SchemaDialog>
    );
  }
  return (
    <SchemaDialog<SetCredentialsRequest>
      {...dialog}
      title="Add cookies or state"
      schema="SetCredentialsRequest"
      without={['logins']}
      onSubmit={give}
    >
      {promise}
    </SchemaDialog>
  );
}
