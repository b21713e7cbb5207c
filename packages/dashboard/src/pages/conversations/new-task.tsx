import type { SubmitTaskRequest, SubmittedTask } from '@carrel/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { withoutEmpty } from '../../schema/json-schema.js';
import { ObjectFields } from '../../schema/schema-field.js';
import { schemaNamed, WithContract } from '../../schema/schema-form.js';
import { Button } from '../../ui/button.js';
import { TextArea, TextField } from '../../ui/field.js';
import { Panel } from '../../ui/page.js';
import { ErrorNote } from '../../ui/states.js';

/** Fields that the form shows by itself, that the conversation settles, or that are another name of one. */
const SHOWN_ELSEWHERE = ['endUserId', 'task', 'startUrl', 'sessionId', 'include_html_dump'];

interface NewTaskProps {
  /** Whose it is, where that is settled. */
  endUserId?: string | undefined;
  /** The conversation to go on with. */
  sessionId?: string;
  onSubmitted: (task: SubmittedTask) => void;
}

/** What an agent is to do: in words, with every option there is for whoever wants one. */
export function NewTask({ endUserId, sessionId, onSubmitted }: NewTaskProps) {
  const [whose, setWhose] = useState(endUserId ?? '');
  const [task, setTask] = useState('');
  const [startUrl, setStartUrl] = useState('');
  const [more, setMore] = useState<Record<string, unknown>>({});
  const queryClient = useQueryClient();
  const submit = useMutation({
    mutationFn: () => {
      const request = { endUserId: whose, task, ...(startUrl !== '' && { startUrl }), ...(sessionId !== undefined && { sessionId }) };
      return carrel.tasks.submit(withoutEmpty({ ...more, ...request }) as SubmitTaskRequest);
    },
    onSuccess: (submitted) => {
      setTask('');
      void queryClient.invalidateQueries({ queryKey: ['sessions'] });
      onSubmitted(submitted);
    },
  });
  return (
    <Panel>
      <form
        className="grid grid-cols-[minmax(0,1fr)] gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit.mutate();
        }}
      >
        <TextArea
          label={sessionId === undefined ? 'Task' : 'Follow up'}
          required
          rows={2}
          placeholder={sessionId === undefined ? 'Find the three cheapest books on sale' : 'Which of those is the cheapest?'}
          value={task}
          onChange={(event) => setTask(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
          }}
        />
        <div className="grid gap-3 sm:grid-cols-2">
          {sessionId === undefined && (
            <TextField
              label="End user"
              required
              placeholder="Your own name for the customer"
              value={whose}
              onChange={(event) => setWhose(event.target.value)}
            />
          )}
          <TextField
            label="Start at"
            type="url"
            placeholder="https://shop.example"
            value={startUrl}
            onChange={(event) => setStartUrl(event.target.value)}
          />
        </div>
        <details className="rounded-md border border-line px-3 py-2">
          <summary className="text-sm font-medium">More options</summary>
          <div className="grid gap-3 pt-3">
            <WithContract>
              {(contract) => (
                <ObjectFields
                  schema={schemaNamed(contract, 'SubmitTaskRequest')}
                  value={more}
                  onChange={setMore}
                  without={SHOWN_ELSEWHERE}
                />
              )}
            </WithContract>
          </div>
        </details>
        {submit.error && <ErrorNote error={submit.error} />}
        <div className="flex items-center justify-end gap-3">
          <span className="hidden text-xs text-soft sm:inline">Ctrl Enter sends</span>
          <Button type="submit" look="primary" isBusy={submit.isPending}>
            {submit.isPending ? 'Sending…' : 'Send'}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
