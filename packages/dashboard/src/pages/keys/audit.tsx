import type { AuditEvent } from '@carrel/sdk';
import { carrel } from '../../app/carrel.js';
import { inOneLine } from '../../ui/json-view.js';
import { Listing } from '../../ui/listing.js';
import { Section } from '../../ui/page.js';
import { Empty } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';

const COLUMNS: readonly Column<AuditEvent>[] = [
  { title: 'What', cell: ({ action }) => action.replaceAll(/[._]/g, ' ') },
  { title: 'With what', cell: ({ subject }) => <code className="font-mono text-xs wrap-anywhere">{subject}</code> },
  { title: 'By', cell: ({ apiKeyId }) => <code className="font-mono text-xs">{apiKeyId}</code>, isSecondary: true },
  {
    title: 'Details',
    cell: ({ details }) => <span className="font-mono text-xs wrap-anywhere">{inOneLine(details)}</span>,
    isSecondary: true,
  },
  { title: 'When', cell: ({ createdAt }) => <Ago at={createdAt} />, isRight: true },
];

/** What was done with secrets, and by whom. */
export function Audit() {
  return (
    <Section title="Audit log">
      <Listing
        queryKey={['audit']}
        read={(cursor, signal) => carrel.auditEvents.list({}, { signal }).page(cursor)}
        empty={<Empty title="Nothing was done with secrets yet" />}
      >
        {(events) => <Table label="Audit log, newest first" columns={COLUMNS} rows={events} keyOf={({ id }) => id} />}
      </Listing>
    </Section>
  );
}
