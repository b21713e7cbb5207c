import type { LiveLink } from '@carrel/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { ConfirmButton } from '../../ui/confirm.js';
import { SelectField } from '../../ui/field.js';
import { Listing } from '../../ui/listing.js';
import { Panel } from '../../ui/page.js';
import { SecretNote } from '../../ui/secret-note.js';
import { Empty, ErrorNote } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';

const SCOPES = { view: 'See it', control: 'See it and take it over' };
type Scope = keyof typeof SCOPES;
const LIFETIMES = { 'For 15 minutes': 900, 'For an hour': 3_600, 'For a day': 86_400 };

/** Links for people without an account. */
export function LiveLinks({ browserId }: { browserId: string }) {
  const [scope, setScope] = useState<Scope>('view');
  const [ttlSeconds, setTtlSeconds] = useState(900);
  const queryClient = useQueryClient();
  const queryKey = ['browser', browserId, 'live-links'];
  const refresh = () => queryClient.invalidateQueries({ queryKey });
  const make = useMutation({ mutationFn: () => carrel.browsers.createLiveLink(browserId, { scope, ttlSeconds }), onSuccess: refresh });
  const columns: readonly Column<LiveLink>[] = [
    { title: 'Link', cell: ({ id }) => <code className="font-mono text-xs">{id}</code> },
    { title: 'Whoever has it may', cell: (link) => SCOPES[link.scope].toLowerCase() },
    { title: 'Good until', cell: ({ expiresAt }) => <Ago at={expiresAt} />, isRight: true },
    {
      title: 'Actions',
      isRight: true,
      cell: ({ id }) => (
        <ConfirmButton
          label="Revoke"
          title="Revoke this link?"
          confirm="Revoke it"
          onConfirm={() => carrel.browsers.revokeLiveLink(browserId, id).then(refresh)}
        >
          Whoever watches by it is cut off.
        </ConfirmButton>
      ),
    },
  ];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <Panel>
        <form
          className="flex flex-wrap items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <SelectField
            label="Whoever has it may"
            value={scope}
            onChange={(event) => setScope(event.target.value === 'control' ? 'control' : 'view')}
          >
            {Object.entries(SCOPES).map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </SelectField>
          <SelectField label="Good" value={ttlSeconds} onChange={(event) => setTtlSeconds(Number(event.target.value))}>
            {Object.entries(LIFETIMES).map(([title, seconds]) => (
              <option key={seconds} value={seconds}>
                {title.toLowerCase()}
              </option>
            ))}
          </SelectField>
          <Button type="submit" look="primary" isBusy={make.isPending}>
            Make a link
          </Button>
        </form>
        {make.error && <ErrorNote error={make.error} />}
      </Panel>
      {make.data?.url !== undefined && <SecretNote secret={make.data.url}>The link</SecretNote>}
      <Listing
        queryKey={queryKey}
        read={(cursor, signal) => carrel.browsers.listLiveLinks(browserId, { signal }).page(cursor)}
        empty={<Empty title="No links">A link lets a person without an account see this browser, or take it over.</Empty>}
      >
        {(links) => <Table label="Live links" columns={columns} rows={links} keyOf={({ id }) => id} />}
      </Listing>
    </div>
  );
}
