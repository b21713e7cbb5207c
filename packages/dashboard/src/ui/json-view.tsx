import { isWebUrl, LinkedText, PageLink } from './page-link.js';
import { Table } from './table.js';

type Row = Record<string, unknown>;

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
const isPlain = (value: unknown) => value === null || typeof value !== 'object';

/** A value in one line. Text from pages is hostile: it only ever becomes text. */
export const inOneLine = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

function Cell({ value }: { value: unknown }) {
  return typeof value === 'string' && isWebUrl(value) ? <PageLink url={value} /> : inOneLine(value);
}

function Json({ value }: { value: unknown }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre tabIndex={0} className="max-h-96 overflow-auto rounded-md border border-line bg-ground p-3 font-mono text-sm">
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}

/** A result as people read it: text as text, a list of alike objects as a table, anything else as JSON. */
export function ResultView({ value, label = 'Result' }: { value: unknown; label?: string }) {
  if (typeof value === 'string')
    return (
      <p className="text-base whitespace-pre-wrap wrap-anywhere">
        <LinkedText text={value} />
      </p>
    );
  if (isPlain(value)) return <code className="font-mono text-sm">{String(value)}</code>;
  if (Array.isArray(value) && value.length > 0 && value.every(isRow)) {
    const names = [...new Set(value.flatMap((row: Row) => Object.keys(row)))];
    const rows = value.map((row: Row, index) => ({ row, index }));
    return (
      <Table
        label={label}
        columns={names.map((name) => ({ title: name, cell: ({ row }: { row: Row }) => <Cell value={row[name]} /> }))}
        rows={rows}
        keyOf={({ index }) => index}
      />
    );
  }
  if (isRow(value)) {
    const lists = Object.entries(value).filter(([, part]) => Array.isArray(part) && part.length > 0 && part.every(isRow));
    const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !lists.some(([listed]) => listed === name)));
    if (lists.length > 0) {
      return (
        <div className="grid gap-3">
          {Object.keys(rest).length > 0 && <Json value={rest} />}
          {lists.map(([name, part]) => (
            <div key={name} className="grid gap-1">
              <p className="text-xs text-soft">{name}</p>
              <ResultView value={part} label={name} />
            </div>
          ))}
        </div>
      );
    }
  }
  return <Json value={value} />;
}
