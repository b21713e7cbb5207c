import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { Section } from '../../ui/page.js';
import { ErrorNote, Loading } from '../../ui/states.js';

/** The profiles that belong to an end user. */
export function ProfilesOf({ endUserId }: { endUserId: string }) {
  const list = useQuery({
    queryKey: ['profiles', { endUserId }],
    queryFn: ({ signal }) => carrel.profiles.list({ endUserId }, { signal }).page(),
  });
  return (
    <Section title="Profiles">
      {list.isPending && <Loading rows={1} />}
      {list.error && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.data.length === 0 && <p className="text-sm text-soft">None.</p>}
      <ul>
        {list.data?.data.map(({ id, name, currentVersion }) => (
          <li key={id}>
            <Link to="/profiles/$profileId" params={{ profileId: id }} className="text-sm text-accent hover:underline">
              {name ?? id}
            </Link>{' '}
            <span className="text-xs text-soft">{currentVersion === null ? 'nothing saved' : `version ${currentVersion}`}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
