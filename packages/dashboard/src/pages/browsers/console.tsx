import type { Action, ActionResult, Browser } from '@carrel/sdk';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type JsonSchema, variantName, withoutEmpty } from '../../schema/json-schema.js';
import { ObjectFields } from '../../schema/schema-field.js';
import { schemaNamed, WithContract } from '../../schema/schema-form.js';
import { wordsOf } from '../../schema/words.js';
import { Button } from '../../ui/button.js';
import { Snippet } from '../../ui/copy.js';
import { SelectField } from '../../ui/field.js';
import { ResultView } from '../../ui/json-view.js';
import { Section } from '../../ui/page.js';
import { ErrorNote } from '../../ui/states.js';
import { ActionOutcome } from './action-outcome.js';
import { ObservedPage } from './observed-page.js';
import { executeCode } from './sdk-code.js';

/** Fields that nearly nobody needs. */
const RARE = ['tabId', 'timeoutMs'];
const rareOf = (schema: JsonSchema): JsonSchema => ({
  ...schema,
  properties: Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => RARE.includes(name))),
});

const takesRef = (schema: JsonSchema | undefined) => schema?.properties?.ref !== undefined;

/** What an agent sees, beside everything that it can do; each action also as code. */
export function Console({ browser }: { browser: Browser }) {
  const [type, setType] = useState('goto');
  const [fields, setFields] = useState<Record<string, unknown>>({});
  const seen = useQuery({
    queryKey: ['browser', browser.id, 'observation'],
    queryFn: ({ signal }) => browser.observe({ screenshot: true }, { signal }),
    staleTime: 0,
    gcTime: 0,
  });
  const action = withoutEmpty({ type, ...fields }) as Action;
  const execute = useMutation({ mutationFn: (): Promise<ActionResult> => browser.execute(action), onSettled: () => seen.refetch() });
  const pick = (ref: string) => setFields(({ selector: _, ...rest }) => ({ ...rest, ref }));
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(18rem,2fr)]">
      <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-3">
        <Section
          title="What an agent sees"
          actions={
            <Button isBusy={seen.isFetching} onClick={() => void seen.refetch()}>
              Observe
            </Button>
          }
        >
          {seen.error && <ErrorNote error={seen.error} onRetry={() => void seen.refetch()} />}
          {seen.data && (
            <ObservedPage observation={seen.data} chosenRef={typeof fields.ref === 'string' ? fields.ref : undefined} onPick={pick} />
          )}
        </Section>
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-3">
        <Section title="Do something">
          <WithContract>
            {(contract) => {
              const variants = schemaNamed(contract, 'Action').oneOf ?? [];
              const schema = variants.find((variant) => variantName(variant) === type);
              return (
                <form
                  className="grid gap-3"
                  onSubmit={(event) => {
                    event.preventDefault();
                    execute.mutate();
                  }}
                >
                  <SelectField
                    label="Action"
                    value={type}
                    onChange={(event) => {
                      setType(event.target.value);
                      const next = variants.find((variant) => variantName(variant) === event.target.value);
                      setFields(({ ref }) => (takesRef(next) && ref !== undefined ? { ref } : {}));
                    }}
                  >
                    {variants.map((variant) => (
                      <option key={variantName(variant)} value={variantName(variant)}>
                        {wordsOf(variantName(variant))}
                      </option>
                    ))}
                  </SelectField>
                  {schema && (
                    <div key={type} className="grid grid-cols-[minmax(0,1fr)] gap-3">
                      <ObjectFields schema={schema} value={fields} onChange={setFields} without={['type', ...RARE]} />
                      <details className="rounded-md border border-line px-3 py-2">
                        <summary className="text-sm font-medium">More</summary>
                        <div className="grid gap-3 pt-2">
                          <ObjectFields schema={rareOf(schema)} value={fields} onChange={setFields} isNested />
                        </div>
                      </details>
                    </div>
                  )}
                  <Button type="submit" look="primary" isBusy={execute.isPending}>
                    {execute.isPending ? 'Doing it…' : 'Do it'}
                  </Button>
                </form>
              );
            }}
          </WithContract>
        </Section>
        {execute.error && <ErrorNote error={execute.error} />}
        {execute.data && <ActionOutcome result={execute.data} />}
        {execute.data?.value !== undefined && (
          <Section title="Value">
            <ResultView value={execute.data.value} label="Value" />
          </Section>
        )}
        <Snippet label="The same in code" code={executeCode(browser.id, action)} />
      </div>
    </div>
  );
}
