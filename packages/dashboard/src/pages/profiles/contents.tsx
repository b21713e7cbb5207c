import type { OriginContents, ProfileContents } from '@carrel/sdk';
import { useQuery } from '@tanstack/react-query';
import { carrel } from '../../app/carrel.js';
import { Section } from '../../ui/page.js';
import { Empty, ErrorNote, Loading } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';
import { formatBytes } from '../../ui/time.js';

const store = (title: string, of: (row: OriginContents) => { entries: number; bytes: number }): Column<OriginContents> => ({
  title,
  cell: (row) => (of(row).entries === 0 ? '' : `${of(row).entries}, ${formatBytes(of(row).bytes)}`),
  isRight: true,
  isSecondary: true,
});

const ORIGINS: readonly Column<OriginContents>[] = [
  { title: 'Origin', cell: ({ origin }) => <span className="wrap-anywhere">{origin}</span> },
  store('localStorage', ({ localStorage }) => localStorage),
  store('IndexedDB', ({ indexedDB }) => indexedDB),
  store('Caches', ({ cacheStorage }) => cacheStorage),
  store('Workers', ({ serviceWorkers }) => serviceWorkers),
  store('Files', ({ fileSystem }) => fileSystem),
  { title: 'All', cell: ({ bytes }) => formatBytes(bytes), isRight: true },
];

type Cookie = ProfileContents['cookies'][number];
const COOKIES: readonly Column<Cookie>[] = [
  { title: 'Cookie', cell: ({ name }) => <code className="font-mono text-xs wrap-anywhere">{name}</code> },
  { title: 'Domain', cell: ({ domain }) => domain },
  { title: 'Path', cell: ({ path }) => path, isSecondary: true },
  {
    title: 'Flags',
    cell: ({ httpOnly, secure, sameSite }) => [httpOnly && 'HttpOnly', secure && 'Secure', sameSite].filter(Boolean).join(' '),
    isSecondary: true,
  },
  {
    title: 'Ends',
    cell: ({ expires }) => (expires === -1 ? 'with the browser' : new Date(expires * 1000).toLocaleDateString('en-GB')),
    isRight: true,
  },
];

/** What a version holds: names, counts and sizes, never a value. */
export function Contents({ profileId, version }: { profileId: string; version: number }) {
  const contents = useQuery({
    queryKey: ['profile', profileId, 'contents', version],
    queryFn: ({ signal }) => carrel.profiles.contents(profileId, { version }, { signal }),
    staleTime: Number.POSITIVE_INFINITY, // A version never changes.
  });
  return (
    <Section title={`What version ${version} holds`}>
      {contents.isPending && <Loading />}
      {contents.error && <ErrorNote error={contents.error} onRetry={() => void contents.refetch()} />}
      {contents.data && contents.data.origins.length + contents.data.cookies.length === 0 && (
        <Empty title="Nothing">It was saved before any site left something.</Empty>
      )}
      {contents.data && contents.data.origins.length > 0 && (
        <Table label="Origins" columns={ORIGINS} rows={contents.data.origins} keyOf={({ origin }) => origin} />
      )}
      {contents.data && contents.data.cookies.length > 0 && (
        <Table
          label="Cookies"
          columns={COOKIES}
          rows={contents.data.cookies}
          keyOf={({ name, domain, path }) => `${domain} ${path} ${name}`}
        />
      )}
    </Section>
  );
}
