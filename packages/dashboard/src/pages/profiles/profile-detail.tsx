import type { Profile, ProfileVersion } from '@carrel/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { ConfirmButton } from '../../ui/confirm.js';
import { Id } from '../../ui/copy.js';
import { Listing } from '../../ui/listing.js';
import { Fact, Facts, Page, Panel, Section } from '../../ui/page.js';
import { Empty, ErrorNote, Loading } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago, formatBytes } from '../../ui/time.js';
import { Contents } from './contents.js';
import { ExportProfile } from './export-profile.js';
import { ImportProfile } from './import-profile.js';
import { LoginWithProfile } from './login-with-profile.js';

const route = getRouteApi('/app/profiles/$profileId');

const SOURCES: Record<ProfileVersion['source'], string> = {
  close: 'a browser closed',
  checkpoint: 'a checkpoint',
  automatic: 'saved by itself',
  merge: 'two were merged',
  import: 'an import',
  restore: 'an old one restored',
};

export function ProfileDetail() {
  const { profileId } = route.useParams();
  const profile = useQuery({ queryKey: ['profile', profileId], queryFn: ({ signal }) => carrel.profiles.get(profileId, { signal }) });
  const above = (
    <Link to="/profiles" className="hover:underline">
      Profiles
    </Link>
  );
  if (profile.isPending || profile.isError) {
    return (
      <Page heading="Profile" title="Profile" above={above}>
        {profile.isPending ? <Loading rows={5} /> : <ErrorNote error={profile.error} onRetry={() => void profile.refetch()} />}
      </Page>
    );
  }
  return <Detail profile={profile.data} />;
}

function Detail({ profile }: { profile: Profile }) {
  const { id, name, endUserId, currentVersion, keepVersions, sizeBytes, heldBy, updatedAt } = profile;
  const [shown, setShown] = useState<number>();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['profile', id] });
  const remove = async () => {
    await carrel.profiles.delete(id);
    await queryClient.invalidateQueries({ queryKey: ['profiles'] });
    await navigate({ to: '/profiles' });
  };
  const columns: readonly Column<ProfileVersion>[] = [
    { title: 'Version', cell: ({ version, isCurrent }) => (isCurrent ? `${version} (current)` : version) },
    { title: 'Made by', cell: ({ source }) => SOURCES[source] },
    { title: 'Chromium', cell: ({ kind, browserVersion }) => `${kind} ${browserVersion}`, isSecondary: true },
    { title: 'Size', cell: (version) => formatBytes(version.sizeBytes), isRight: true, isSecondary: true },
    { title: 'Made', cell: ({ createdAt }) => <Ago at={createdAt} />, isRight: true },
    {
      title: 'Actions',
      isRight: true,
      cell: ({ version, isCurrent }) => (
        <span className="inline-flex gap-1">
          <Button onClick={() => setShown(version)} aria-label={`Contents of version ${version}`}>
            Contents
          </Button>
          {!isCurrent && (
            <ConfirmButton
              label="Restore"
              look="plain"
              title={`Go back to version ${version}?`}
              confirm="Restore it"
              onConfirm={() => carrel.profiles.restore(id, version).then(refresh)}
            >
              It becomes the current version, as a new one. Those in between stay.
            </ConfirmButton>
          )}
        </span>
      ),
    },
  ];
  return (
    <Page
      heading={name ?? 'Profile'}
      above={
        <Link to="/profiles" className="hover:underline">
          Profiles
        </Link>
      }
      title={name ?? 'Profile without a name'}
      actions={
        <>
          <LoginWithProfile profile={profile} />
          <ImportProfile profileId={id} onDone={refresh} />
          <ExportProfile profile={profile} />
          <ConfirmButton label="Delete" title="Delete this profile?" confirm="Delete it" onConfirm={remove}>
            All of its versions are gone for good: its key goes first, without which nothing of them can be read.
          </ConfirmButton>
        </>
      }
    >
      <Panel>
        <Facts>
          <Fact name="Id">
            <Id value={id} />
          </Fact>
          <Fact name="End user">
            {endUserId === null ? (
              'none'
            ) : (
              <Link to="/end-users/$endUserId" params={{ endUserId }} className="text-accent hover:underline">
                {endUserId}
              </Link>
            )}
          </Fact>
          <Fact name="Size">{formatBytes(sizeBytes)}</Fact>
          <Fact name="Versions kept">{keepVersions}</Fact>
          <Fact name="Changed">
            <Ago at={updatedAt} />
          </Fact>
          <Fact name="Who may save to it now">
            {heldBy.length === 0
              ? 'nobody'
              : heldBy.map(({ browserId }) => (
                  <Link
                    key={browserId}
                    to="/browsers/$browserId"
                    params={{ browserId }}
                    className="block font-mono text-xs text-accent hover:underline"
                  >
                    {browserId}
                  </Link>
                ))}
          </Fact>
        </Facts>
      </Panel>
      <Section title="Versions">
        <Listing
          queryKey={['profile', id, 'versions']}
          read={(cursor, signal) => carrel.profiles.versions(id, {}, { signal }).page(cursor)}
          empty={<Empty title="Nothing was saved yet">Sign in once, open a browser with it and persist, or import a login.</Empty>}
        >
          {(versions) => <Table label="Versions, newest first" columns={columns} rows={versions} keyOf={({ version }) => version} />}
        </Listing>
      </Section>
      {currentVersion !== null && <Contents profileId={id} version={shown ?? currentVersion} />}
    </Page>
  );
}
