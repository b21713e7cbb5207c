import { z } from 'zod';
import type { AgentRow, Store, StoredAgent } from '../../store/index.js';
import { NotSupported } from '../wire/errors.js';
import { numberedPage, pageQuery } from '../wire/lists.js';
import type { NotteRouter } from '../wire/routing.js';
import { agentStart, isOpen, type NotteAgents } from './agents.js';

export interface AgentParts {
  readonly agents: NotteAgents;
  readonly store: Store;
}

const listQuery = pageQuery.extend({ only_saved: z.string().optional() });

/** Start, see and stop agents. */
export function agentRoutes(router: NotteRouter, { agents, store }: AgentParts): void {
  router.implement({ method: 'POST', path: '/agents/start', scope: 'tasks:write', body: agentStart }, async ({ caller, body }) =>
    toAgent(await agents.start(caller, body)),
  );
  router.implement({ method: 'GET', path: '/agents', scope: 'tasks:read', query: listQuery }, ({ caller, query }) =>
    numberedPage(query, async (page) => {
      // None is saved: there is no such thing here.
      if (/^true$/i.test(query.only_saved ?? '')) return { data: [], nextCursor: null };
      const { data, nextCursor } = await store.notteAgents.list(caller.projectId, { ...page, isOpen: query.only_active !== false });
      return { data: data.map(({ agent, browserEndedAt }) => toAgent(agent, browserEndedAt)), nextCursor };
    }),
  );
  router.implement({ method: 'GET', path: '/agents/:id', scope: 'tasks:read' }, async ({ caller, params }) =>
    toAgentStatus(await agents.get(caller, params.id ?? '')),
  );
  router.implement({ method: 'DELETE', path: '/agents/:id/stop', scope: 'tasks:write' }, async ({ caller, params }) =>
    toAgentStatus(await agents.stop(caller, params.id ?? '')),
  );
  router.implement({ method: 'GET', path: '/agents/:id/workflow/code', scope: 'tasks:read' }, async ({ caller, params }) => {
    await agents.get(caller, params.id ?? '');
    throw new NotSupported('No script is made of what an agent did: its steps are in the answer of GET /agents/{id}.', 501);
  });
}

const toAgent = ({ id, browserId, createdAt, closedAt }: AgentRow, browserEndedAt: Date | null = null) => {
  const end = closedAt ?? browserEndedAt;
  return {
    agent_id: id,
    session_id: browserId,
    created_at: createdAt.toISOString(),
    status: end === null ? 'active' : 'closed',
    closed_at: end?.toISOString() ?? null,
    saved: false,
  };
};

const DIED = 'The session ended before the agent could say how it went.';

/** An agent with all that came of it. */
export function toAgentStatus(stored: StoredAgent) {
  const { agent, browserEndedAt } = stored;
  const { task, url, success, answer, steps, closedAt } = agent;
  const isCutOff = closedAt === null && !isOpen(stored);
  return { ...toAgent(agent, browserEndedAt), task, url, success: isCutOff ? false : success, answer: isCutOff ? DIED : answer, steps };
}
