import type { Browser, NetworkRequest } from '@carrel/sdk';
import { useQuery } from '@tanstack/react-query';
import { Fact, Facts, Panel } from '../../ui/page.js';
import { Empty, ErrorNote, Loading } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';
import { Clock, formatBytes, formatDuration } from '../../ui/time.js';

const MAX_REQUESTS = 1_000;

const COLUMNS: readonly Column<NetworkRequest>[] = [
  { title: 'Began', cell: ({ startedAt }) => <Clock at={startedAt} /> },
  { title: 'Method', cell: ({ method }) => method },
  { title: 'Where to', cell: ({ url, host, port }) => <span className="font-mono text-xs wrap-anywhere">{url ?? `${host}:${port}`}</span> },
  {
    title: 'Answer',
    cell: ({ status, failure }) =>
      failure === null ? status : <span className="text-alert">{`${status} ${failure.replaceAll('_', ' ')}`}</span>,
  },
  { title: 'Received', cell: ({ bytesIn }) => formatBytes(bytesIn), isRight: true, isSecondary: true },
  { title: 'Sent', cell: ({ bytesOut }) => formatBytes(bytesOut), isRight: true, isSecondary: true },
  { title: 'Took', cell: ({ durationMs }) => formatDuration(durationMs), isRight: true },
];

/** What a browser asked the network for. */
export function Network({ browser }: { browser: Browser }) {
  const log = useQuery({
    queryKey: ['browser', browser.id, 'network'],
    queryFn: ({ signal }) => browser.network({ limit: MAX_REQUESTS }, { signal }),
    staleTime: 0,
  });
  if (log.isPending) return <Loading />;
  if (log.isError) return <ErrorNote error={log.error} onRetry={() => void log.refetch()} />;
  const { totals, exit, data } = log.data;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <Panel>
        <Facts>
          <Fact name="Requests">{`${totals.requests}, ${totals.open} under way`}</Fact>
          <Fact name="Refused">{totals.refused}</Fact>
          <Fact name="Received, sent">{`${formatBytes(totals.bytesIn)}, ${formatBytes(totals.bytesOut)}`}</Fact>
          <Fact name="Leaves">
            {exit.type === 'direct' ? 'directly' : `by a proxy${exit.country === null ? '' : ` in ${exit.country}`}`}
          </Fact>
        </Facts>
      </Panel>
      {data.length === 0 ? (
        <Empty title="Nothing was asked for yet" />
      ) : (
        <Table label="Requests, newest first" columns={COLUMNS} rows={data.toReversed()} keyOf={({ id }) => id} />
      )}
    </div>
  );
}
