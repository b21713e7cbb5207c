import type { Browser, Cookie } from '@carrel/sdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button.js';
import { Empty, ErrorNote, Loading } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';

function Value({ text }: { text: string }) {
  const [isShown, setShown] = useState(false);
  return isShown ? <code className="font-mono text-xs wrap-anywhere">{text}</code> : <Button onClick={() => setShown(true)}>Show</Button>;
}

const expiry = (seconds: number) => (seconds === -1 ? 'with the browser' : new Date(seconds * 1000).toLocaleDateString('en-GB'));

const COLUMNS: readonly Column<Cookie>[] = [
  { title: 'Name', cell: ({ name }) => <code className="font-mono text-xs wrap-anywhere">{name}</code> },
  { title: 'Domain', cell: ({ domain }) => domain },
  { title: 'Path', cell: ({ path }) => path, isSecondary: true },
  { title: 'Ends', cell: ({ expires }) => expiry(expires), isSecondary: true },
  {
    title: 'Flags',
    cell: ({ httpOnly, secure, sameSite }) => [httpOnly && 'HttpOnly', secure && 'Secure', sameSite].filter(Boolean).join(' '),
    isSecondary: true,
  },
  { title: 'Value', cell: ({ value }) => <Value text={value} /> },
];

/** The cookies of a browser. Their values sign people in, so that they are shown only when asked for. */
export function Cookies({ browser }: { browser: Browser }) {
  const cookies = useQuery({
    queryKey: ['browser', browser.id, 'cookies'],
    queryFn: ({ signal }) => browser.cookies.get({ signal }),
    staleTime: 0,
  });
  if (cookies.isPending) return <Loading />;
  if (cookies.isError) return <ErrorNote error={cookies.error} onRetry={() => void cookies.refetch()} />;
  if (cookies.data.length === 0) return <Empty title="No cookies" />;
  return <Table label="Cookies" columns={COLUMNS} rows={cookies.data} keyOf={({ name, domain, path }) => `${domain} ${path} ${name}`} />;
}
