import type { Setting } from '@carrel/sdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { TextField } from '../../ui/field.js';
import { Page } from '../../ui/page.js';
import { Prose } from '../../ui/prose.js';
import { Empty, ErrorNote, Loading, Note } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';

const SOURCES: Record<Setting['source'], string> = { default: 'default', file: 'file', environment: 'environment' };

const COLUMNS: readonly Column<Setting>[] = [
  {
    title: 'Setting',
    cell: ({ environment, name, description }) => (
      <div className="grid min-w-44 gap-0.5">
        <code className="font-mono text-xs font-semibold break-all">{environment}</code>
        <span className="text-xs text-soft">
          <Prose text={`${description} (in the file: ${name})`} />
        </span>
      </div>
    ),
  },
  { title: 'Value', cell: ({ value }) => <code className="block min-w-32 font-mono text-xs break-all">{value}</code> },
  { title: 'From', cell: ({ source }) => <span className={source === 'default' ? 'text-soft' : 'font-medium'}>{SOURCES[source]}</span> },
  {
    title: 'Default',
    cell: ({ defaultValue }) => <code className="font-mono text-xs break-all text-soft">{defaultValue}</code>,
    isSecondary: true,
  },
];

const matches = (setting: Setting, text: string) =>
  `${setting.environment} ${setting.name} ${setting.description}`.toLowerCase().includes(text.toLowerCase());

/** What the server is set to, and where each setting came from. It was read when the server started. */
export function Settings() {
  const [filter, setFilter] = useState('');
  const [isChangedOnly, setChangedOnly] = useState(false);
  const settings = useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => carrel.settings({ signal }) });
  const shown = settings.data?.data.filter((setting) => matches(setting, filter) && (!isChangedOnly || setting.source !== 'default'));
  return (
    <Page heading="Settings" title="Settings">
      {settings.isPending && <Loading rows={8} />}
      {settings.error && <ErrorNote error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data?.warnings.map((warning) => (
        <Note key={warning}>{warning}</Note>
      ))}
      {settings.data && (
        <div className="flex flex-wrap items-end gap-4">
          <div className="w-64">
            <TextField label="Filter" value={filter} onChange={(event) => setFilter(event.target.value)} />
          </div>
          <label className="flex h-8 items-center gap-2 text-sm">
            <input
              type="checkbox"
              checked={isChangedOnly}
              onChange={(event) => setChangedOnly(event.target.checked)}
              className="size-4 accent-accent"
            />
            Only what was set
          </label>
          <p className="flex h-8 items-center text-sm text-soft">{settings.data.file ?? 'There is no file.'}</p>
        </div>
      )}
      {shown?.length === 0 && <Empty title="No setting fits" />}
      {shown !== undefined && shown.length > 0 && <Table label="Settings" columns={COLUMNS} rows={shown} keyOf={({ name }) => name} />}
    </Page>
  );
}
