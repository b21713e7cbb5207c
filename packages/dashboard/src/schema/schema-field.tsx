import { type ReactNode, useContext, useState } from 'react';
import { SelectField, TextArea, TextField } from '../ui/field.js';
import { Prose } from '../ui/prose.js';
import { ListField, RecordField } from './collections.js';
import type { SchemaFieldProps } from './field-props.js';
import { initialValue, type JsonSchema, resolve, variantName } from './json-schema.js';
import { SchemasContext } from './schemas-context.js';
import { wordsOf } from './words.js';

/** Text that is longer than this is written in a box of several lines. */
const LONG_TEXT_CHARS = 16_000;

/** One field of a form, whatever its schema. Undefined is what was left out. */
export function SchemaField(props: SchemaFieldProps) {
  const schemas = useContext(SchemasContext);
  const schema = resolve(props.schema, schemas);
  const given = { ...props, schema };
  if (schema.const !== undefined) return null;
  if (schema.anyOf ?? schema.oneOf) return <VariantField {...given} />;
  if (schema.enum) return <ChoiceField {...given} options={schema.enum} />;
  if (schema.type === 'boolean') return <ChoiceField {...given} options={[true, false]} />;
  if (schema.type === 'string') return <StringField {...given} />;
  if (schema.type === 'number' || schema.type === 'integer') return <NumberField {...given} />;
  if (schema.type === 'array') return <ListField {...given} renderItem={(item) => <SchemaField {...item} />} />;
  if (schema.type === 'object' && schema.properties) return <ObjectField {...given} />;
  const record = schema.type === 'object' ? schema.additionalProperties : undefined;
  if (typeof record === 'object' && resolve(record, schemas).type === 'string') return <RecordField {...given} />;
  return <JsonField {...given} />;
}

const labelOf = ({ name, isRequired }: SchemaFieldProps): ReactNode => (
  <>
    {wordsOf(name)}
    {isRequired && <span className="font-normal text-soft"> (required)</span>}
  </>
);

const hintOf = ({ description }: JsonSchema): ReactNode => (description === undefined ? undefined : <Prose text={description} />);

function StringField(props: SchemaFieldProps) {
  const { schema, value, onChange, isRequired, isNested } = props;
  const shared = {
    label: labelOf(props),
    hint: hintOf(schema),
    required: isRequired && !isNested,
    value: typeof value === 'string' ? value : '',
    onChange: (event: { target: { value: string } }) => onChange(event.target.value === '' && !isRequired ? undefined : event.target.value),
  };
  const isSecret = /password|secret|token/i.test(props.name);
  if ((schema.maxLength ?? 0) > LONG_TEXT_CHARS && props.name !== 'url') return <TextArea {...shared} />;
  return <TextField {...shared} type={isSecret ? 'password' : 'text'} autoComplete={isSecret ? 'new-password' : 'off'} />;
}

function NumberField(props: SchemaFieldProps) {
  const { schema, value, onChange, isRequired, isNested } = props;
  return (
    <TextField
      label={labelOf(props)}
      hint={hintOf(schema)}
      type="number"
      required={isRequired && !isNested}
      min={schema.minimum}
      max={schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum}
      step={schema.type === 'integer' ? 1 : 'any'}
      value={typeof value === 'number' ? value : ''}
      onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.valueAsNumber)}
    />
  );
}

const optionText = (option: unknown) => (option === true ? 'Yes' : option === false ? 'No' : String(option));

function ChoiceField(props: SchemaFieldProps & { options: readonly unknown[] }) {
  const { schema, value, onChange, options } = props;
  const index = options.indexOf(value);
  const byDefault = schema.default === undefined ? 'Default' : `Default (${optionText(schema.default)})`;
  return (
    <SelectField
      label={labelOf(props)}
      hint={hintOf(schema)}
      value={index}
      onChange={(event) => onChange(options[Number(event.target.value)])}
    >
      <option value={-1}>{byDefault}</option>
      {options.map((option, at) => (
        <option key={String(option)} value={at}>
          {optionText(option)}
        </option>
      ))}
    </SelectField>
  );
}

/** One of several forms: which, and then that one. */
function VariantField(props: SchemaFieldProps) {
  const { schema, name, value, onChange } = props;
  const schemas = useContext(SchemasContext);
  const variants = (schema.anyOf ?? schema.oneOf ?? []).map((variant) => resolve(variant, schemas));
  const [chosen, setChosen] = useState(-1);
  const variant = variants[chosen];
  return (
    <div className="grid gap-2">
      <SelectField
        label={labelOf(props)}
        hint={hintOf(schema)}
        value={chosen}
        onChange={(event) => {
          const next = Number(event.target.value);
          setChosen(next);
          const of = variants[next];
          onChange(of && initialValue(of));
        }}
      >
        <option value={-1}>Default</option>
        {variants.map((of, at) => (
          <option key={variantName(of)} value={at}>
            {variantName(of)}
          </option>
        ))}
      </SelectField>
      {variant && <SchemaField schema={{ ...variant, description: undefined }} name={name} value={value} onChange={onChange} isRequired />}
    </div>
  );
}

function ObjectField(props: SchemaFieldProps) {
  const { schema, value, onChange, name, isRequired } = props;
  const fields = (
    <ObjectFields
      schema={schema}
      value={value}
      isNested
      onChange={(next) => onChange(Object.keys(next).length === 0 && !isRequired ? undefined : next)}
    />
  );
  return (
    <details open={isRequired} className="rounded-md border border-line px-3 py-2">
      <summary className="text-sm font-medium">{labelOf({ ...props, name })}</summary>
      {schema.description !== undefined && <p className="text-xs text-soft">{hintOf(schema)}</p>}
      <div className="grid gap-3 py-2">{fields}</div>
    </details>
  );
}

interface ObjectFieldsProps {
  schema: JsonSchema;
  value: unknown;
  onChange: (value: Record<string, unknown>) => void;
  isNested?: boolean;
  /** Fields that are shown elsewhere, or not at all. */
  without?: readonly string[];
}

/** The fields of an object, those that must be there first. */
export function ObjectFields({ schema, value, onChange, isNested, without = [] }: ObjectFieldsProps) {
  const object = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const required = new Set(schema.required);
  const names = Object.keys(schema.properties ?? {}).filter((name) => !without.includes(name));
  names.sort((a, b) => Number(required.has(b)) - Number(required.has(a)));
  return names.map((name) => (
    <SchemaField
      key={name}
      name={name}
      schema={schema.properties?.[name] ?? {}}
      value={object[name]}
      isRequired={required.has(name)}
      isNested={isNested}
      onChange={(part) => {
        const { [name]: _before, ...rest } = object;
        onChange(part === undefined ? rest : { ...rest, [name]: part });
      }}
    />
  ));
}

/** Anything at all, as JSON. What is not JSON yet is not given on. */
function JsonField(props: SchemaFieldProps) {
  const { schema, value, onChange } = props;
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value, null, 2)));
  const [problem, setProblem] = useState<string>();
  return (
    <TextArea
      label={labelOf(props)}
      hint={hintOf(schema) ?? 'JSON.'}
      problem={problem}
      className="font-mono"
      spellCheck={false}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        try {
          onChange(event.target.value.trim() === '' ? undefined : JSON.parse(event.target.value));
          setProblem(undefined);
        } catch (error) {
          setProblem(`Not JSON yet: ${error instanceof Error ? error.message : String(error)}`);
        }
      }}
    />
  );
}
