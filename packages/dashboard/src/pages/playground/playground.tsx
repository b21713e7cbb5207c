import { getRouteApi, Link } from '@tanstack/react-router';
import type { Contract, Operation } from '../../schema/openapi.js';
import { WithContract } from '../../schema/schema-form.js';
import { Page } from '../../ui/page.js';
import { OperationForm } from './operation-form.js';

const route = getRouteApi('/app/playground');

export interface Call {
  method: string;
  path: string;
  operation: Operation;
}

/** Whether an operation answers JSON, or nothing: pictures and streams are for other places. */
const isPlain = ({ responses }: Operation) =>
  Object.entries(responses).some(
    ([status, { content }]) => status.startsWith('2') && (content === undefined || 'application/json' in content),
  );

const callsOf = ({ paths }: Contract): Call[] =>
  Object.entries(paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })))
    .filter(({ operation }) => isPlain(operation));

/** Every call of the API, with a form for what it takes. */
export function Playground() {
  const { operation: chosen = 'listBrowsers' } = route.useSearch();
  return (
    <Page
      heading="Playground"
      title="Playground"
      about="Every call of the API, with a form for what it takes. It is really done, in this project."
    >
      <WithContract>
        {(contract) => {
          const calls = callsOf(contract);
          const call = calls.find(({ operation }) => operation.operationId === chosen);
          return (
            <div className="grid grid-cols-[minmax(0,1fr)] gap-6 lg:grid-cols-[18rem_minmax(0,1fr)]">
              <Calls calls={calls} chosen={chosen} />
              {call ? <OperationForm key={chosen} call={call} /> : <p>There is no such call. Choose one.</p>}
            </div>
          );
        }}
      </WithContract>
    </Page>
  );
}

function Calls({ calls, chosen }: { calls: readonly Call[]; chosen: string }) {
  const tags = [...new Set(calls.map(({ operation }) => operation.tags?.[0] ?? 'Other'))];
  return (
    <nav
      aria-label="Calls"
      className="grid max-h-64 content-start gap-3 overflow-y-auto rounded-lg border border-line p-2 lg:sticky lg:top-6 lg:max-h-[calc(100dvh-3rem)] lg:self-start"
    >
      {tags.map((tag) => (
        <div key={tag} className="min-w-0">
          <h2 className="px-2 pb-0.5 text-xs font-medium text-soft">{tag}</h2>
          <ul>
            {calls
              .filter(({ operation }) => (operation.tags?.[0] ?? 'Other') === tag)
              .map(({ method, operation: { operationId, summary } }) => (
                <li key={operationId}>
                  <Link
                    to="/playground"
                    search={{ operation: operationId }}
                    title={summary}
                    aria-current={operationId === chosen ? 'page' : undefined}
                    className={`flex items-baseline gap-2 rounded-md px-2 py-1 text-sm hover:bg-raised ${operationId === chosen ? 'bg-raised font-medium' : ''}`}
                  >
                    <span className="w-11 shrink-0 font-mono text-[0.625rem] text-soft">{method}</span>
                    <span className="truncate">{summary}</span>
                  </Link>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
