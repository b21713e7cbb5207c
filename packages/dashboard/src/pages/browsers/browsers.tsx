import type { BrowserInfo, BrowserStatus } from '@carrel/sdk';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { Button, buttonClass } from '../../ui/button.js';
import { SelectField, TextField } from '../../ui/field.js';
import { Listing } from '../../ui/listing.js';
import { Page } from '../../ui/page.js';
import { Empty } from '../../ui/states.js';
import { Status, Tag } from '../../ui/status.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago, formatDuration } from '../../ui/time.js';
import { OpenBrowser } from './open-browser.js';

const route = getRouteApi('/app/browsers');

const STATUSES: readonly BrowserStatus[] = ['starting', 'running', 'closing', 'closed', 'failed', 'timed_out'];

const lifetime = ({ createdAt, endedAt }: BrowserInfo) =>
  endedAt === null ? <Ago at={createdAt} /> : formatDuration(new Date(endedAt).getTime() - new Date(createdAt).getTime());

const COLUMNS: readonly Column<BrowserInfo>[] = [
  {
    title: 'Browser',
    cell: ({ id }) => (
      <Link to="/browsers/$browserId" params={{ browserId: id }} className="font-mono text-xs text-accent hover:underline">
        {id}
      </Link>
    ),
  },
  { title: 'Status', cell: ({ status, standby }) => <Status value={status} label={standby === 'asleep' ? 'asleep' : undefined} /> },
  { title: 'Kind', cell: ({ kind }) => <span className="whitespace-nowrap">{kind}</span>, isSecondary: true },
  { title: 'End user', cell: ({ endUserId }) => (endUserId === null ? '' : <Tag>{endUserId}</Tag>), isSecondary: true },
  {
    title: 'Metadata',
    cell: ({ metadata }) => (
      <span className="flex flex-wrap gap-1">
        {Object.entries(metadata).map(([name, value]) => (
          <Tag key={name}>{`${name}=${value}`}</Tag>
        ))}
      </span>
    ),
    isSecondary: true,
  },
  { title: 'Age', cell: lifetime, isRight: true },
];

export function Browsers() {
  const search = route.useSearch();
  const { status, endUserId, open } = search;
  const navigate = useNavigate();
  const isFiltered = status !== undefined || endUserId !== undefined;
  const known = STATUSES.find((one) => one === status);
  const query = { ...(known && { status: known }), ...(endUserId !== undefined && { endUserId }) };
  const filter = (change: { status?: string; endUserId?: string }) =>
    void navigate({ to: '/browsers', search: { ...search, ...change }, replace: true });
  return (
    <Page
      heading="Browsers"
      title="Browsers"
      about="Each is an own Chromium in an own sandbox. Nothing of one is seen by another, or left when it closes."
      actions={
        <Button look="primary" onClick={() => void navigate({ to: '/browsers', search: { ...search, open: 'new' } })}>
          Open a browser
        </Button>
      }
    >
      <div className="flex flex-wrap gap-3">
        <div className="w-36">
          <SelectField label="Status" value={known ?? ''} onChange={(event) => filter({ status: event.target.value || undefined })}>
            <option value="">Any</option>
            {STATUSES.map((one) => (
              <option key={one} value={one}>
                {one.replace('_', ' ')}
              </option>
            ))}
          </SelectField>
        </div>
        <div className="w-48">
          <TextField
            label="End user"
            value={endUserId ?? ''}
            placeholder="Any"
            onChange={(event) => filter({ endUserId: event.target.value || undefined })}
          />
        </div>
      </div>
      <Listing
        queryKey={['browsers', query]}
        read={(cursor, signal) => carrel.browsers.list(query, { signal }).page(cursor)}
        empty={
          <Empty
            title={isFiltered ? 'No browser fits these filters' : 'No browser yet'}
            action={
              isFiltered && (
                <Link to="/browsers" className={buttonClass()}>
                  Show all
                </Link>
              )
            }
          >
            <p>A browser is an own Chromium in an own sandbox: it shares nothing with any other, and leaves nothing behind.</p>
          </Empty>
        }
      >
        {(browsers) => <Table label="Browsers" columns={COLUMNS} rows={browsers} keyOf={({ id }) => id} />}
      </Listing>
      {open !== undefined && <OpenBrowser onClose={() => void navigate({ to: '/browsers', search: { ...search, open: undefined } })} />}
    </Page>
  );
}
