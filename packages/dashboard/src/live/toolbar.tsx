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
              <span aria-hidden="true">✕</span>
            </button>
          )}
        </li>
      ))}
      {isInControl && (
        <li>
          <Button look="quiet" aria-label="Open a tab" onClick={() => session.send({ type: 'tab.open' })}>
            <span aria-hidden="true">+</span>
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
  const go = (type: 'back' | 'forward' | 'reload' | 'stop', label: string, sign: string, isPossible = true) => (
    <Button look="quiet" aria-label={label} title={label} disabled={!isInControl || !isPossible} onClick={() => session.send({ type })}>
      <span aria-hidden="true">{sign}</span>
    </Button>
  );
  return (
    <div className="flex min-w-0 flex-1 basis-64 items-center">
      {go('back', 'Back', '←', state.canGoBack)}
      {go('forward', 'Forward', '→', state.canGoForward)}
      {state.isLoading ? go('stop', 'Stop', '✕') : go('reload', 'Reload', '↻')}
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

/** Who drives; how fast it is; and what else there is to do. */
export function ControlBar({ session, view, isInControl }: { session: LiveSession; view: LiveView; isInControl: boolean }) {
  const [zoom, setZoom] = useState(1);
  const { state, latencyMs } = view;
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
          <Button onClick={fitViewport}>Fit to here</Button>
          <Button onClick={() => session.send({ type: 'clipboard.read' })}>Copy selection</Button>
        </>
      )}
      <span className="text-xs text-soft" title="There and back">
        {latencyMs === null ? '' : `${latencyMs} ms`}
      </span>
      <span className="text-xs text-soft" aria-live="polite">
        {HOLDERS[state.control.holder]}
      </span>
      {state.scope === 'control' && (
        <Button
          data-live-control
          look={isInControl ? 'plain' : 'primary'}
          disabled={view.connection !== 'open'}
          onClick={() => session.send({ type: isInControl ? 'control.release' : 'control.take' })}
        >
          {isInControl ? 'Give back' : 'Take control'}
        </Button>
      )}
    </div>
  );
}
