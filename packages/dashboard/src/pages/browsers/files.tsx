import type { Browser, BrowserFile } from '@carrel/sdk';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { Button } from '../../ui/button.js';
import { ConfirmButton } from '../../ui/confirm.js';
import { saveAs } from '../../ui/save-as.js';
import { Empty, ErrorNote, Loading } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago, formatBytes } from '../../ui/time.js';

/** The files of a browser: those that were put there for pages to upload, and those that pages downloaded. */
export function Files({ browser }: { browser: Browser }) {
  const queryClient = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const queryKey = ['browser', browser.id, 'files'];
  const files = useQuery({ queryKey, queryFn: ({ signal }) => browser.files.list({ signal }) });
  const refresh = () => queryClient.invalidateQueries({ queryKey });
  const put = useMutation({
    mutationFn: async (chosen: readonly File[]) => {
      for (const file of chosen) await browser.files.put(file.name, file);
    },
    onSettled: refresh,
  });
  const get = useMutation({ mutationFn: async (name: string) => saveAs(name, await browser.files.get(name)) });
  const columns: readonly Column<BrowserFile>[] = [
    { title: 'Name', cell: ({ name }) => <span className="wrap-anywhere">{name}</span> },
    { title: 'From', cell: ({ kind }) => (kind === 'upload' ? 'put here' : 'downloaded') },
    { title: 'Type', cell: ({ mimeType }) => mimeType, isSecondary: true },
    { title: 'Size', cell: ({ sizeBytes }) => formatBytes(sizeBytes), isRight: true },
    { title: 'Made', cell: ({ createdAt }) => <Ago at={createdAt} />, isRight: true, isSecondary: true },
    {
      title: 'Actions',
      isRight: true,
      cell: ({ name }) => (
        <span className="inline-flex gap-1">
          <Button onClick={() => get.mutate(name)}>Save</Button>
          <ConfirmButton
            label="Delete"
            title={`Delete ${name}?`}
            confirm="Delete"
            onConfirm={() => browser.files.delete(name).then(refresh)}
          >
            It is gone for good.
          </ConfirmButton>
        </span>
      ),
    },
  ];
  const error = files.error ?? put.error ?? get.error;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label="Files to put into the browser"
          onChange={(event) => put.mutate([...(event.target.files ?? [])])}
        />
        <Button isBusy={put.isPending} onClick={() => input.current?.click()}>
          Put files here
        </Button>
      </div>
      {error && <ErrorNote error={error} />}
      {files.isPending && <Loading />}
      {files.data?.length === 0 && (
        <Empty title="No files">What pages download appears here, and what you put here pages can upload.</Empty>
      )}
      {files.data !== undefined && files.data.length > 0 && (
        <Table label="Files" columns={columns} rows={files.data} keyOf={({ name }) => name} />
      )}
    </div>
  );
}
