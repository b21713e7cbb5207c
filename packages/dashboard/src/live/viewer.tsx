import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { Button } from '../ui/button.js';
import { formatBytes } from '../ui/time.js';
import { LiveSession } from './live-session.js';
import type { LiveState } from './messages.js';
import { ClipboardNote, DialogOverlay, FileChooser } from './overlays.js';
import { PickerOverlay } from './picker.js';
import { Screen } from './screen.js';
import { AddressBar, ControlBar, ControlButton, TabBar } from './toolbar.js';

interface ViewerProps {
  /** The live link. */
  url: string;
  /** Nothing but the picture, for pages that embed it, and one button over it where the link lets control be taken. */
  isBare?: boolean;
  /** Called when the link is over for its age. */
  onExpired?: () => void;
}

function useLiveSession(url: string, onExpired: (() => void) | undefined): LiveSession {
  const session = useMemo(() => new LiveSession(url), [url]);
  session.onExpired = onExpired;
  useEffect(() => {
    session.connect();
    return () => session.close();
  }, [session]);
  return session;
}

/** A browser as it is, and the means to take it over. */
export function Viewer({ url, isBare = false, onExpired }: ViewerProps) {
  const session = useLiveSession(url, onExpired);
  const view = useSyncExternalStore(session.subscribe, session.read);
  const { state, connection } = view;
  const isInControl = connection === 'open' && state?.control.holder === 'you';
  return (
    <div className="flex size-full min-h-0 flex-col">
      {!isBare && state && (
        <div className="grid gap-1 border-b border-line bg-ground p-1.5">
          <TabBar session={session} state={state} isInControl={isInControl} />
          <div className="flex flex-wrap items-center justify-between gap-2">
            <AddressBar session={session} state={state} isInControl={isInControl} />
            <ControlBar session={session} view={view} isInControl={isInControl} />
          </div>
        </div>
      )}
      {connection === 'open' && state?.needsHuman && <Request session={session} state={state} isInControl={isInControl} />}
      <div className="relative min-h-0 flex-1">
        <Screen session={session} view={view}>
          {(place) => (
            <>
              {view.dialog && <DialogOverlay session={session} dialog={view.dialog} isInControl={isInControl} />}
              {isInControl && view.picker && (
                <PickerOverlay key={view.picker.id} session={session} picker={view.picker} field={place(view.picker.rect)} />
              )}
              {isInControl && view.fileChooser && <FileChooser session={session} chooser={view.fileChooser} />}
              {view.clipboard !== null && <ClipboardNote session={session} text={view.clipboard} />}
            </>
          )}
        </Screen>
        {connection !== 'open' && (
          <div className="absolute inset-0 grid place-items-center bg-ground/85 p-4 text-center">
            <p role="status" className="max-w-prose text-base">
              {connection === 'ended' ? view.reason : state === null ? 'Connecting…' : 'The connection broke. Connecting again…'}
            </p>
          </div>
        )}
        {isBare && (
          <div className="absolute right-3 bottom-3 z-20 rounded-md shadow-lg">
            <ControlButton session={session} view={view} isInControl={isInControl} />
          </div>
        )}
        {view.notice !== null && (
          <div
            role="status"
            className={`absolute inset-x-3 mx-auto flex max-w-md items-center justify-between gap-2 rounded-md border border-line bg-panel px-3 py-1.5 text-sm shadow-lg ${isBare ? 'bottom-14' : 'bottom-3'}`}
          >
            <span className="wrap-anywhere">{view.notice}</span>
            <Button look="quiet" onClick={() => session.forget('notice')}>
              Close
            </Button>
          </div>
        )}
      </div>
      {view.downloads.length > 0 && (
        <ul aria-label="Downloads" className="flex flex-wrap gap-2 border-t border-line bg-ground p-1.5 text-xs">
          {view.downloads.map(({ name, sizeBytes }) => (
            <li key={name} className="max-w-full truncate">
              <a href={session.fileUrl(name)} download={name} rel="noreferrer noopener" className="text-accent hover:underline">
                {name}
              </a>{' '}
              <span className="text-soft">{formatBytes(sizeBytes)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What the person is asked to do, and the means to say that it is done: also where nothing but the picture is shown. */
function Request({ session, state, isInControl }: { session: LiveSession; state: LiveState; isInControl: boolean }) {
  if (!state.needsHuman) return null;
  const { reason, message } = state.needsHuman;
  const mayAct = state.scope === 'control';
  return (
    <div role="status" className="flex flex-wrap items-center justify-between gap-2 border-b border-line bg-warn-tint px-3 py-1.5">
      <p className="min-w-0 text-sm wrap-anywhere">{message}</p>
      {mayAct && (
        <span className="flex gap-2">
          {!isInControl && <Button onClick={() => session.send({ type: 'control.take' })}>Begin</Button>}
          {reason === 'sign_in' && (
            <Button look="primary" onClick={() => session.send({ type: 'done' })}>
              Done
            </Button>
          )}
        </span>
      )}
    </div>
  );
}
