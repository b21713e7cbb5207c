import { type ProjectEvent, routes } from '@carrel/protocol';
import { Carrel } from '@carrel/sdk';
import { type Api, newProject } from './api.js';

/** How long something may take to be told of on a busy machine. */
export const DEADLINE_MS = 25_000;

/** A project of its own, with a key that has every scope of it. */
export interface Tenant {
  id: string;
  api: Api;
  client: Carrel;
  keyId: string;
  key: string;
}

export async function newTenantOf(server: { url: string }, operator: Api): Promise<Tenant> {
  const { id } = await newProject(operator, 5);
  const { id: keyId, secret = '' } = await operator.must(routes.createApiKey, { body: { name: 'watches', projectId: id } });
  return { id, api: operator.as(secret), client: new Carrel({ url: server.url, apiKey: secret }), keyId, key: secret };
}

/** What happens in the project of the client, from now on or after a line. */
export const follow = (client: Carrel, after?: number) =>
  client.events.follow({ signal: AbortSignal.timeout(DEADLINE_MS), ...(after !== undefined && { after }) }) as AsyncIterable<ProjectEvent>;

/** What is heard until something is, that included. */
export async function until(events: AsyncIterable<ProjectEvent>, isIt: (event: ProjectEvent) => boolean): Promise<ProjectEvent[]> {
  const heard: ProjectEvent[] = [];
  for await (const event of events) {
    heard.push(event);
    if (isIt(event)) return heard;
  }
  throw new Error(`it ended before that was heard: ${JSON.stringify(heard)}`);
}
