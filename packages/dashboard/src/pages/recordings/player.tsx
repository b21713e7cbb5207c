import type { Recording, RecordingLine } from '@carrel/sdk';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { ErrorNote } from '../../ui/states.js';
import { lineText } from './line-text.js';
import { usePictureUrl } from './picture-url.js';
import { formatPosition } from './position.js';
import { StepBar } from './step-bar.js';

const SPEEDS = [0.5, 1, 2, 4, 8];
/** Pictures are fetched for this long at a time, the next part while one plays. */
const PART_MS = 10_000;
/** Lines that are done by somebody, and not by the network: they are marked under the scrubber, the steps of an agent more clearly. */
const DEEDS = /^(action|tab\.navigated|dialog|download|captcha|human|control|pictures)/;
const STEP = 'step.finished';

interface PlayerProps {
  recording: Recording;
  marks: readonly RecordingLine[];
  atMs: number;
  onSeek: (atMs: number) => void;
}

/** The pictures of the part that a moment is in, read at once. */
function usePart(browserId: string, part: number, isWanted: boolean) {
  return useQuery({
    queryKey: ['recording', browserId, 'part', part],
    queryFn: async ({ signal }) => {
      const frames = [];
      const range = { fromMs: part * PART_MS, toMs: (part + 1) * PART_MS };
      for await (const frame of carrel.recordings.frames(browserId, range, { signal })) frames.push(frame);
      return frames;
    },
    enabled: isWanted,
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

/** The picture that was shown at a moment: of its part, or the last one of before. */
function usePicture(recording: Recording, atMs: number) {
  const { browserId, durationMs } = recording;
  const part = Math.floor(atMs / PART_MS);
  const frames = usePart(browserId, part, true);
  usePart(browserId, part + 1, (part + 1) * PART_MS < durationMs);
  // Before the first picture there is none: the first one is shown.
  const frame = frames.data?.findLast((one) => one.atMs <= atMs) ?? (part === 0 ? frames.data?.[0] : undefined);
  const isBefore = frames.data !== undefined && frame === undefined;
  const before = useQuery({
    queryKey: ['recording', browserId, 'before', part],
    queryFn: ({ signal }) => carrel.recordings.frame(browserId, atMs, { signal }),
    enabled: isBefore && part > 0 && recording.frames > 0,
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  return { jpeg: frame?.jpeg ?? before.data, error: frames.error ?? before.error };
}

/** Moves on with the time, while it plays. */
function usePlaying(atMs: number, durationMs: number, onSeek: (atMs: number) => void) {
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const position = useRef(atMs);
  position.current = atMs;
  useEffect(() => {
    if (!isPlaying) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const next = Math.min(durationMs, position.current + (now - last) * speed);
      last = now;
      onSeek(next);
      if (next >= durationMs) setPlaying(false);
      else frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, speed, durationMs, onSeek]);
  const toggle = () => {
    if (!isPlaying && atMs >= durationMs) onSeek(0);
    setPlaying(!isPlaying);
  };
  return { isPlaying, toggle, speed, setSpeed };
}

/** Plays a recording: picture, scrubber with the steps as marks, speed. */
export function Player({ recording, marks, atMs, onSeek }: PlayerProps) {
  const { durationMs } = recording;
  const { jpeg, error } = usePicture(recording, atMs);
  const { isPlaying, toggle, speed, setSpeed } = usePlaying(atMs, durationMs, onSeek);
  const url = usePictureUrl(jpeg);
  const deeds = marks.filter(({ type }) => DEEDS.test(type));
  const steps = marks.filter(({ type }) => type === STEP);
  const placeOf = (markAtMs: number) => ({ left: `${(100 * markAtMs) / Math.max(1, durationMs)}%` });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] content-start gap-2">
      <div className="grid aspect-video place-items-center overflow-hidden rounded-lg border border-line bg-raised">
        {url === undefined ? (
          <p className="text-sm text-soft">{recording.frames === 0 ? 'There are no pictures in it.' : 'Fetching pictures…'}</p>
        ) : (
          <img src={url} alt={`What the browser showed at ${formatPosition(atMs)}`} className="size-full object-contain" />
        )}
      </div>
      {error && <ErrorNote error={error} />}
      <div>
        <input
          type="range"
          aria-label="Position"
          aria-valuetext={formatPosition(atMs)}
          min={0}
          max={durationMs}
          step={100}
          value={atMs}
          onChange={(event) => onSeek(event.target.valueAsNumber)}
          className="block w-full accent-accent"
        />
        <div aria-hidden="true" className="relative mx-2 h-3">
          {deeds.map(({ id, atMs: deedAtMs }) => (
            <span key={id} className="absolute h-2 w-px bg-edge" style={placeOf(deedAtMs)} />
          ))}
          {steps.map((step) => (
            <span
              key={step.id}
              title={lineText(step)}
              className="absolute h-3 w-1 -translate-x-1/2 rounded-sm bg-accent"
              style={placeOf(step.atMs)}
            />
          ))}
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <Button look="primary" onClick={toggle}>
          {isPlaying ? 'Pause' : 'Play'}
        </Button>
        <select
          aria-label="Speed"
          value={speed}
          onChange={(event) => setSpeed(Number(event.target.value))}
          className="h-8 rounded-md border border-edge bg-panel px-1 text-sm"
        >
          {SPEEDS.map((one) => (
            <option key={one} value={one}>
              {one}×
            </option>
          ))}
        </select>
        <span className="font-mono text-sm text-soft tabular-nums">{`${formatPosition(atMs)} / ${formatPosition(durationMs)}`}</span>
      </div>
      {steps.length > 0 && <StepBar steps={steps} atMs={atMs} onSeek={onSeek} />}
    </div>
  );
}
