import { useSuspenseQuery } from '@tanstack/react-query';
import { meQuery } from '../../app/queries.js';
import { Page } from '../../ui/page.js';
import { ApiKeys } from './api-keys.js';
import { Audit } from './audit.js';
import { Projects } from './projects.js';

/** The keys of the project, the projects of the server, and what was done with secrets: as far as one's own key may see them. */
export function Keys() {
  const { data: me } = useSuspenseQuery(meQuery);
  const may = new Set(me.scopes);
  return (
    <Page heading="Keys and projects" title="Keys and projects">
      {may.has('keys:manage') && <ApiKeys ownKeyId={me.apiKeyId} scopes={me.scopes} />}
      <Projects mayManage={may.has('projects:manage')} />
      {may.has('audit:read') && <Audit />}
    </Page>
  );
}
