import type { ReactNode } from 'react';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Left out where there is little room. */
  isSecondary?: boolean;
  /** Numbers and times. */
  isRight?: boolean;
}

interface TableProps<Row> {
  /** What is listed, for those who listen. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
}

/** A table that stays readable on a phone: secondary columns go, the rest may be scrolled. */
export function Table<Row>({ label, columns, rows, keyOf }: TableProps<Row>) {
  const classOf = ({ isSecondary, isRight }: Column<Row>) =>
    `px-4 py-2.5 align-middle ${isRight ? 'text-right tabular-nums' : 'text-left'} ${isSecondary ? 'hidden md:table-cell' : ''}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={`Table: ${label}`} tabIndex={0} className="overflow-x-auto rounded-lg border border-line bg-panel shadow-xs">
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr className="border-b border-line bg-ground text-xs text-soft">
            {columns.map((column) => (
              <th key={column.title} scope="col" className={`font-medium ${classOf(column)}`}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="border-b border-line last:border-0 hover:bg-ground">
              {columns.map((column) => (
                <td key={column.title} className={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
