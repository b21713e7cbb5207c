import { CarrelApiError } from '@carrel/sdk';
import { useMutation, useSuspenseQuery } from '@tanstack/react-query';
import { useContext, useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { meQuery } from '../../app/queries.js';
import { initialValue, type JsonSchema, resolve, withoutEmpty } from '../../schema/json-schema.js';
import { ObjectFields, SchemaField } from '../../schema/schema-field.js';
import { SchemasContext } from '../../schema/schemas-context.js';
import { Button } from '../../ui/button.js';
import { Snippet } from '../../ui/copy.js';
import { Section } from '../../ui/page.js';
import { Prose } from '../../ui/prose.js';
import { ErrorNote } from '../../ui/states.js';
import { formatDuration } from '../../ui/time.js';
import type { Call } from './playground.js';

type Values = Record<string, unknown>;

/** The parameters of one place as the schema of an object, so that one form does for all. */
function parametersIn({ operation: { parameters = [] } }: Call, place: 'path' | 'query'): JsonSchema {
  const own = parameters.filter((parameter) => parameter.in === place);
  return {
    type: 'object',
    properties: Object.fromEntries(own.map(({ name, schema }) => [name, schema])),
    required: own.filter(({ required }) => required).map(({ name }) => name),
  };
}

/** The path with its parameters filled in; those that are missing stay as they are written. */
const filled = (path: string, values: Values) =>
  path.replace(/\{(\w+)\}/g, (written, name: string) => (values[name] === undefined ? written : encodeURIComponent(String(values[name]))));

const quotedForShell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function curlOf(url: string, { method }: Call, path: string, query: Values, body: unknown): string {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const lines = [
    `curl -X ${method} ${quotedForShell(`${url}${path}${search.size === 0 ? '' : `?${search}`}`)}`,
    '-H "Authorization: Bearer $CARREL_API_KEY"',
  ];
  if (body !== undefined) lines.push("-H 'content-type: application/json'", `-d ${quotedForShell(JSON.stringify(body))}`);
  return lines.join(' \\\n  ');
}

/** A form for one call, what it answers, and how a shell would make it. */
export function OperationForm({ call }: { call: Call }) {
  const { data: me } = useSuspenseQuery(meQuery);
  const schemas = useContext(SchemasContext);
  const bodySchema = call.operation.requestBody?.content['application/json']?.schema;
  const resolved = bodySchema && resolve(bodySchema, schemas);
  const [path, setPath] = useState<Values>({});
  const [query, setQuery] = useState<Values>({});
  const [body, setBody] = useState<unknown>(() => (resolved ? (initialValue(resolved) ?? {}) : undefined));
  const target = filled(call.path, path);
  const sent = withoutEmpty(body);
  const send = useMutation({
    mutationFn: async () => {
      const startedAt = performance.now();
      const request = {
        method: call.method as 'GET',
        path: target,
        query: query as Record<string, string>,
        ...(resolved && { json: sent }),
      };
      // Not retried: whoever tries a call wants to see what it answers.
      const answer = await carrel.request(request, { maxRetries: 0 });
      return { answer, durationMs: performance.now() - startedAt };
    },
  });
  const isChange = call.method !== 'GET';
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-4">
      <div>
        <p className="font-mono text-sm wrap-anywhere">
          <span className="font-semibold">{call.method}</span> {call.path}
        </p>
        <p className="text-sm text-soft">
          <Prose text={call.operation.description ?? ''} />
        </p>
      </div>
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate();
        }}
      >
        <ObjectFields schema={parametersIn(call, 'path')} value={path} onChange={setPath} />
        <ObjectFields schema={parametersIn(call, 'query')} value={query} onChange={setQuery} />
        {resolved?.properties && <ObjectFields schema={resolved} value={body} onChange={setBody} />}
        {resolved && !resolved.properties && <SchemaField schema={resolved} name="body" value={body} onChange={setBody} isRequired />}
        <div className="flex items-center gap-3">
          <Button type="submit" look="primary" isBusy={send.isPending}>
            Send
          </Button>
          {isChange && <span className="text-xs text-soft">It is really done, in this project.</span>}
        </div>
      </form>
      {send.error && <ErrorNote error={send.error} />}
      {send.error instanceof CarrelApiError && <p className="font-mono text-xs text-soft">{`${send.error.status} ${send.error.code}`}</p>}
      {send.data && (
        <Section title={`Answer, after ${formatDuration(send.data.durationMs)}`}>
          <Snippet label="JSON" code={send.data.answer === undefined ? 'No body.' : JSON.stringify(send.data.answer, null, 2)} />
        </Section>
      )}
      <Snippet label="The same in a shell" code={curlOf(me.url, call, target, query, resolved && sent)} />
    </div>
  );
}
