import type { ApiKey, Scope } from '@carrel/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { ConfirmButton } from '../../ui/confirm.js';
import { CheckField, TextField } from '../../ui/field.js';
import { FormDialog } from '../../ui/form-dialog.js';
import { Listing } from '../../ui/listing.js';
import { Section } from '../../ui/page.js';
import { SecretNote } from '../../ui/secret-note.js';
import { Empty } from '../../ui/states.js';
import { Tag } from '../../ui/status.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';

interface ApiKeysProps {
  ownKeyId: string;
  /** What one may give to others: no more than one has. */
  scopes: readonly Scope[];
}

export function ApiKeys({ ownKeyId, scopes }: ApiKeysProps) {
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string>();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['api-keys'] });
  const columns: readonly Column<ApiKey>[] = [
    {
      title: 'Name',
      cell: ({ id, name }) => (
        <span className="wrap-anywhere">
          {name} {id === ownKeyId && <Tag>the one you are signed in with</Tag>}
        </span>
      ),
    },
    { title: 'Begins with', cell: ({ hint }) => <code className="font-mono text-xs">{hint}</code>, isSecondary: true },
    { title: 'May', cell: (key) => (key.scopes.length > 4 ? `${key.scopes.length} scopes` : key.scopes.join(', ')), isSecondary: true },
    { title: 'Used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : <Ago at={lastUsedAt} />), isRight: true },
    {
      title: 'Actions',
      isRight: true,
      cell: ({ id, name, revokedAt }) =>
        revokedAt === null ? (
          <ConfirmButton
            label="Revoke"
            title={`Revoke ${name}?`}
            confirm="Revoke it"
            onConfirm={() => carrel.apiKeys.revoke(id).then(refresh)}
          >
            {id === ownKeyId ? 'You are signed in with it: this signs you out. ' : ''}Whoever uses it is refused from now on.
          </ConfirmButton>
        ) : (
          <span className="text-soft">revoked</span>
        ),
    },
  ];
  return (
    <Section title="API keys" actions={<Button onClick={() => setMaking(true)}>Make a key</Button>}>
      {secret !== undefined && <SecretNote secret={secret}>The new key</SecretNote>}
      <Listing
        queryKey={['api-keys']}
        read={(cursor, signal) => carrel.apiKeys.list({}, { signal }).page(cursor)}
        empty={<Empty title="No keys" />}
      >
        {(keys) => <Table label="API keys" columns={columns} rows={keys} keyOf={({ id }) => id} />}
      </Listing>
      {isMaking && (
        <MakeKey
          scopes={scopes}
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setSecret(made);
            setMaking(false);
            void refresh();
          }}
        />
      )}
    </Section>
  );
}

interface MakeKeyProps {
  scopes: readonly Scope[];
  onClose: () => void;
  onMade: (secret: string | undefined) => void;
}

function MakeKey({ scopes, onClose, onMade }: MakeKeyProps) {
  const [name, setName] = useState('');
  const [given, setGiven] = useState<readonly Scope[]>(() => scopes.filter((scope) => scope !== 'projects:manage'));
  const make = async () => onMade((await carrel.apiKeys.create({ name, scopes: [...given] })).secret);
  return (
    <FormDialog title="Make a key" submit="Make it" canSubmit={given.length > 0} onSubmit={make} onClose={onClose}>
      <TextField label="Name" required placeholder="What it is for" value={name} onChange={(event) => setName(event.target.value)} />
      <fieldset className="grid gap-1 sm:grid-cols-2">
        <legend className="mb-1 text-sm font-medium">It may</legend>
        {scopes.map((scope) => (
          <CheckField
            key={scope}
            label={scope}
            checked={given.includes(scope)}
            onChange={(event) => setGiven(event.target.checked ? [...given, scope] : given.filter((one) => one !== scope))}
          />
        ))}
      </fieldset>
    </FormDialog>
  );
}
