import type { Task } from '@carrel/sdk';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { CopyButton } from '../../ui/copy.js';
import { TextArea } from '../../ui/field.js';
import { ErrorNote } from '../../ui/states.js';
import { Ago } from '../../ui/time.js';

type WaitingFor = NonNullable<Task['waitingFor']>;

interface Waiting {
  task: Task;
  waitingFor: WaitingFor;
  onChange: () => unknown;
}

/** A turn that waits for somebody: what for, and where that is done. */
export function WaitingTurn({ task, onChange }: { task: Task; onChange: () => unknown }) {
  const { waitingFor } = task;
  if (waitingFor === null) return null;
  const { reason, question, url, expiresAt } = waitingFor;
  return (
    <div className="grid gap-2 rounded-md border border-line bg-warn-tint p-3">
      {reason === 'human' && <Question task={task} waitingFor={waitingFor} onChange={onChange} />}
      {reason === 'captcha' && <Captcha browserId={task.browserId} wish={question} />}
      {reason === 'control' && <p className="text-sm">A person has control: it goes on when they give it back.</p>}
      {reason === 'resume' && <Resume task={task} onChange={onChange} />}
      {url !== null && (
        <p className="flex flex-wrap items-center gap-2 text-xs text-soft">
          Somebody without an account can do it, too:
          <CopyButton look="plain" label="Copy the link for them" text={url} />
        </p>
      )}
      {expiresAt !== null && (
        <p className="text-xs text-soft">
          It stands until <Ago at={expiresAt} />.
        </p>
      )}
    </div>
  );
}

function Question({ task, waitingFor: { question }, onChange }: Waiting) {
  const [answer, setAnswer] = useState('');
  const resume = useMutation({ mutationFn: () => carrel.tasks.resume(task.taskId, { answer }), onSuccess: onChange });
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        resume.mutate();
      }}
    >
      <p className="text-base font-medium whitespace-pre-wrap wrap-anywhere">{question}</p>
      <TextArea label="Your answer" required rows={2} value={answer} onChange={(event) => setAnswer(event.target.value)} />
      {resume.error && <ErrorNote error={resume.error} />}
      <div>
        <Button type="submit" look="primary" isBusy={resume.isPending}>
          Answer
        </Button>
      </div>
    </form>
  );
}

/** It is solved in the browser of the turn, which is beside the conversation, and the turn sees that by itself. */
function Captcha({ browserId, wish }: { browserId: string | null; wish: string | null }) {
  return (
    <p className="text-sm">
      A captcha stands in the way. {wish}
      {browserId !== null && (
        <>
          {' '}
          <Link
            to="/browsers/$browserId"
            params={{ browserId }}
            search={{ view: 'live' }}
            className="whitespace-nowrap text-accent underline"
          >
            Take control of its browser
          </Link>
        </>
      )}
    </p>
  );
}

function Resume({ task, onChange }: Omit<Waiting, 'waitingFor'>) {
  const resume = useMutation({ mutationFn: () => carrel.tasks.resume(task.taskId, {}), onSuccess: onChange });
  return (
    <>
      <p className="text-sm">Paused. It goes on where it was when you say so.</p>
      {resume.error && <ErrorNote error={resume.error} />}
      <div>
        <Button look="primary" isBusy={resume.isPending} onClick={() => resume.mutate()}>
          Resume
        </Button>
      </div>
    </>
  );
}
