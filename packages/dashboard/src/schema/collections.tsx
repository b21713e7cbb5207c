import { type ReactNode, useContext, useState } from 'react';
import { Button } from '../ui/button.js';
import { CheckField, TextArea, TextField } from '../ui/field.js';
import { Prose } from '../ui/prose.js';
import type { SchemaFieldProps } from './field-props.js';
import { initialValue, resolve } from './json-schema.js';
import { SchemasContext } from './schemas-context.js';
import { wordsOf } from './words.js';

/** A list: of choices as boxes to tick, of texts one a line, of anything else one form after the other. */
export function ListField({
  schema,
  name,
  value,
  onChange,
  renderItem,
}: SchemaFieldProps & { renderItem: (item: SchemaFieldProps) => ReactNode }) {
  const schemas = useContext(SchemasContext);
  const item = resolve(schema.items ?? {}, schemas);
  const items: unknown[] = Array.isArray(value) ? value : [];
  const set = (next: unknown[]) => onChange(next.length === 0 ? undefined : next);
  if (item.enum) {
    return (
      <fieldset className="grid gap-1">
        <legend className="text-sm font-medium">{wordsOf(name)}</legend>
        {schema.description !== undefined && (
          <p className="text-xs text-soft">
            <Prose text={schema.description} />
          </p>
        )}
        <div className="grid gap-1 sm:grid-cols-2">
          {item.enum.map((option) => (
            <CheckField
              key={String(option)}
              label={String(option)}
              checked={items.includes(option)}
              onChange={(event) => set(event.target.checked ? [...items, option] : items.filter((one) => one !== option))}
            />
          ))}
        </div>
      </fieldset>
    );
  }
  if (item.type === 'string') return <LinesField {...{ schema, name, value, onChange }} />;
  return (
    <fieldset className="grid gap-2 rounded-md border border-line p-3">
      <legend className="px-1 text-sm font-medium">{wordsOf(name)}</legend>
      {schema.description !== undefined && (
        <p className="text-xs text-soft">
          <Prose text={schema.description} />
        </p>
      )}
      {items.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: entries have no other name, and are only taken off the end
        <div key={index} className="grid gap-3 border-b border-line pb-3">
          {renderItem({
            schema: item,
            name: `${name} ${index + 1}`,
            value: one,
            isRequired: true,
            onChange: (part) => set(items.map((other, at) => (at === index ? part : other))),
          })}
        </div>
      ))}
      <div className="flex gap-2">
        <Button onClick={() => onChange([...items, initialValue(item)])}>Add one</Button>
        {items.length > 0 && <Button onClick={() => set(items.slice(0, -1))}>Remove the last</Button>}
      </div>
    </fieldset>
  );
}

function LinesField({ schema, name, value, onChange }: SchemaFieldProps) {
  const [text, setText] = useState(() => (Array.isArray(value) ? value.join('\n') : ''));
  return (
    <TextArea
      label={wordsOf(name)}
      hint={<Prose text={`${schema.description ?? ''} One a line.`.trim()} />}
      rows={2}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        const lines = event.target.value.split('\n').map((line) => line.trim());
        const given = lines.filter((line) => line !== '');
        onChange(given.length === 0 ? undefined : given);
      }}
    />
  );
}

/** Names and values of one's own. */
export function RecordField({ schema, name, value, onChange }: SchemaFieldProps) {
  const [rows, setRows] = useState<[string, string][]>(() => Object.entries((value ?? {}) as Record<string, string>));
  const set = (next: [string, string][]) => {
    setRows(next);
    const given = next.filter(([key]) => key !== '');
    onChange(given.length === 0 ? undefined : Object.fromEntries(given));
  };
  const change = (index: number, row: [string, string]) => set(rows.map((other, at) => (at === index ? row : other)));
  return (
    <fieldset className="grid gap-2">
      <legend className="text-sm font-medium">{wordsOf(name)}</legend>
      {schema.description !== undefined && (
        <p className="text-xs text-soft">
          <Prose text={schema.description} />
        </p>
      )}
      {rows.map(([key, text], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is what its place is; its name is being typed
        <div key={index} className="grid grid-cols-[1fr_1fr_auto] gap-2">
          <TextField
            isLabelHidden
            label={`Name ${index + 1}`}
            placeholder="name"
            value={key}
            onChange={(event) => change(index, [event.target.value, text])}
          />
          <TextField
            isLabelHidden
            label={`Value ${index + 1}`}
            placeholder="value"
            value={text}
            onChange={(event) => change(index, [key, event.target.value])}
          />
          <Button aria-label={`Remove row ${index + 1}`} onClick={() => set(rows.filter((_, at) => at !== index))}>
            <span aria-hidden="true">✕</span>
          </Button>
        </div>
      ))}
      <div>
        <Button onClick={() => set([...rows, ['', '']])}>Add a row</Button>
      </div>
    </fieldset>
  );
}
