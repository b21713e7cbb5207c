import { ArrowLeft, ArrowRight, ClipboardCopy, type LucideIcon, Plus, RotateCw, Scaling, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../ui/button.js';
import type { LiveSession, LiveView } from './live-session.js';
import type { LiveState } from './messages.js';

const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2];

interface BarProps {
  session: LiveSession;
  state: LiveState;
  isInControl: boolean;
}

export function TabBar({ session, state, isInControl }: BarProps) {
  return (
    <ul aria-label="Tabs of the browser" className="flex min-w-0 items-center gap-1 overflow-x-auto">
      {state.tabs.map(({ id, title, url, active }) => (
        <li
          key={id}
          className={`flex max-w-56 min-w-0 shrink-0 items-center rounded-md border text-xs ${active ? 'border-line bg-panel' : 'border-transparent text-soft'}`}
        >
          <button
            type="button"
            aria-pressed={active}
            disabled={!isInControl}
            title={url}
            onClick={() => session.send({ type: 'tab.show', tabId: id })}
            className="min-w-0 truncate px-2 py-1"
          >
            {title || url || 'New tab'}
          </button>
          {isInControl && (
            <button
              type="button"
              aria-label={`Close the tab ${title || url}`}
              onClick={() => session.send({ type: 'tab.close', tabId: id })}
              className="px-1.5 py-1 text-soft hover:text-ink"
            >
              <X className="size-3.5" aria-hidden="true" />
            </button>
          )}
        </li>
      ))}
      {isInControl && (
        <li>
          <Button look="quiet" aria-label="Open a tab" onClick={() => session.send({ type: 'tab.open' })}>
            <Plus className="size-4" aria-hidden="true" />
          </Button>
        </li>
      )}
    </ul>
  );
}

/** What was typed, as an address: a host without a scheme is meant for https, or http where it is this machine's. */
function toUrl(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) && !/^(localhost|[\d.]+):\d/i.test(text)) return text;
  return `${/^(localhost|127\.|\[::1\])/.test(text) ? 'http' : 'https'}://${text}`;
}

export function AddressBar({ session, state, isInControl }: BarProps) {
  const [text, setText] = useState(state.url);
  useEffect(() => setText(state.url), [state.url]);
  const go = (type: 'back' | 'forward' | 'reload' | 'stop', label: string, Icon: LucideIcon, isPossible = true) => (
    <Button look="quiet" aria-label={label} title={label} disabled={!isInControl || !isPossible} onClick={() => session.send({ type })}>
      <Icon className="size-4" aria-hidden="true" />
    </Button>
  );
  return (
    <div className="flex min-w-0 flex-1 basis-64 items-center">
      {go('back', 'Back', ArrowLeft, state.canGoBack)}
      {go('forward', 'Forward', ArrowRight, state.canGoForward)}
      {state.isLoading ? go('stop', 'Stop', X) : go('reload', 'Reload', RotateCw)}
      <form
        className="min-w-0 flex-1"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') session.send({ type: 'navigate', url: toUrl(text.trim()) });
        }}
      >
        <input
          aria-label="Address"
          value={text}
          readOnly={!isInControl}
          spellCheck={false}
          autoComplete="off"
          inputMode="url"
          onFocus={(event) => event.target.select()}
          onChange={(event) => setText(event.target.value)}
          className="h-8 w-full rounded-md border border-edge bg-panel px-2.5 text-sm read-only:bg-raised read-only:text-soft"
        />
      </form>
    </div>
  );
}

const HOLDERS = { nobody: 'Nobody is in control', you: 'You are in control', another: 'Somebody else is in control' };

const HOLDER_DOTS = { nobody: 'bg-edge', you: 'bg-accent', another: 'bg-warn' };

interface ControlProps {
  session: LiveSession;
  view: LiveView;
  isInControl: boolean;
}

/** Takes control and gives it back; nothing where the link is for watching only, or over. */
export function ControlButton({ session, view: { state, connection }, isInControl }: ControlProps) {
  if (state?.scope !== 'control' || connection === 'ended') return null;
  return (
    <Button
      data-live-control
      look={isInControl ? 'plain' : 'primary'}
      disabled={connection !== 'open'}
      onClick={() => session.send({ type: isInControl ? 'control.release' : 'control.take' })}
    >
      {isInControl ? 'Give back' : 'Take control'}
    </Button>
  );
}

/** Who drives; how fast it is; and what else there is to do. */
export function ControlBar({ session, view, isInControl }: ControlProps) {
  const [zoom, setZoom] = useState(1);
  const { state, latencyMs, connection } = view;
  if (!state) return null;
  const fitViewport = () => {
    const box = document.querySelector('[data-takes-keys]')?.getBoundingClientRect();
    if (box) session.send({ type: 'viewport', width: Math.round(box.width), height: Math.round(box.height) });
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      {isInControl && (
        <>
          <select
            aria-label="Zoom"
            value={zoom}
            onChange={(event) => {
              const factor = Number(event.target.value);
              setZoom(factor);
              session.send({ type: 'zoom', factor });
            }}
            className="h-8 rounded-md border border-edge bg-panel px-1 text-sm"
          >
            {ZOOMS.map((factor) => (
              <option key={factor} value={factor}>
                {factor * 100} %
              </option>
            ))}
          </select>
          <Button aria-label="Fit to here" title="Make the page as large as this picture" onClick={fitViewport}>
            <Scaling className="size-4" aria-hidden="true" />
          </Button>
          <Button
            aria-label="Copy selection"
            title="Copy what is selected in the page"
            onClick={() => session.send({ type: 'clipboard.read' })}
          >
            <ClipboardCopy className="size-4" aria-hidden="true" />
          </Button>
        </>
      )}
      <span className="text-xs text-soft tabular-nums" title="There and back">
        {latencyMs === null ? '' : `${latencyMs} ms`}
      </span>
      <span
        className={`inline-flex items-center gap-1.5 text-xs ${isInControl ? 'font-medium text-accent' : 'text-soft'}`}
        aria-live="polite"
      >
        {/* Who it is, nobody knows from a connection that is none any more. */}
        {connection === 'open' && (
          <>
            <span aria-hidden="true" className={`size-2 rounded-full ${HOLDER_DOTS[state.control.holder]}`} />
            {HOLDERS[state.control.holder]}
          </>
        )}
      </span>
      <ControlButton session={session} view={view} isInControl={isInControl} />
    </div>
  );
}
