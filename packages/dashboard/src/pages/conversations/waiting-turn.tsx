import type { Task } from '@carrel/sdk';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { CopyButton } from '../../ui/copy.js';
import { TextArea } from '../../ui/field.js';
import { ErrorNote } from '../../ui/states.js';
import { Ago } from '../../ui/time.js';

/** A turn that waits for somebody: its question and the answer, or only the word to go on. */
export function WaitingTurn({ task, onChange }: { task: Task; onChange: () => unknown }) {
  const [answer, setAnswer] = useState('');
  const { waitingFor } = task;
  const question = waitingFor?.question ?? null;
  const isCaptcha = waitingFor?.reason === 'captcha';
  const resume = useMutation({
    mutationFn: () => carrel.tasks.resume(task.taskId, question === null ? {} : { answer }),
    onSuccess: onChange,
  });
  return (
    <form
      className="grid gap-2 rounded-md border border-line bg-warn-tint p-3"
      onSubmit={(event) => {
        event.preventDefault();
        resume.mutate();
      }}
    >
      {question === null ? (
        <p className="text-sm">
          {isCaptcha
            ? 'A captcha stands in the way. Take control of its browser and solve it: the turn goes on by itself then.'
            : 'Paused. It goes on where it was when you say so.'}
        </p>
      ) : (
        <>
          <p className="text-base font-medium whitespace-pre-wrap wrap-anywhere">{question}</p>
          <TextArea label="Your answer" required rows={2} value={answer} onChange={(event) => setAnswer(event.target.value)} />
        </>
      )}
      {waitingFor?.url != null && (
        <p className="flex flex-wrap items-center gap-2 text-xs text-soft">
          Somebody without an account can do it, too:
          <CopyButton look="plain" label="Copy the link for them" text={waitingFor.url} />
        </p>
      )}
      {waitingFor?.expiresAt != null && (
        <p className="text-xs text-soft">
          It stands until <Ago at={waitingFor.expiresAt} />.
        </p>
      )}
      {resume.error && <ErrorNote error={resume.error} />}
      <div>
        <Button type="submit" look="primary" isBusy={resume.isPending}>
          {question === null ? 'Resume' : 'Answer'}
        </Button>
      </div>
    </form>
  );
}
