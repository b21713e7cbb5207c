import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.js';
import { CheckField } from '../ui/field.js';
import { useFocusOver } from './focus.js';
import type { LiveSession } from './live-session.js';
import type { LivePicker } from './messages.js';
import type { Rect } from './screen.js';

interface PickerProps {
  session: LiveSession;
  picker: LivePicker;
  /** Where its field is in the box of the picture. */
  field: Rect;
}

/** Puts it under its field, or over it where there is more room, and in any case inside the box: what is outside of that nobody sees. */
function useRoom(ref: RefObject<HTMLDivElement | null>, { x, y, height }: Rect): void {
  useLayoutEffect(() => {
    const own = ref.current;
    const box = own?.offsetParent;
    if (!own || !box) return;
    const below = y + height;
    const isBelow = below + own.offsetHeight <= box.clientHeight || y < box.clientHeight - below;
    const inside = (at: number, most: number) => `${Math.max(0, Math.min(at, most))}px`;
    own.style.left = inside(x, box.clientWidth - own.offsetWidth);
    own.style.top = inside(isBelow ? below : y - own.offsetHeight, box.clientHeight - own.offsetHeight);
  }, [ref, x, y, height]);
}

/** What a select, date, time or colour field of the page opens: the platform draws these outside of the page, where no screencast sees them. */
export function PickerOverlay({ session, picker, field }: PickerProps) {
  const ref = useRef<HTMLDivElement>(null);
  useRoom(ref, field);
  const hasChosen = picker.options.some(({ selected, disabled }) => selected && !disabled);
  useFocusOver(ref, hasChosen ? '[aria-pressed=true]:enabled, :checked' : ':enabled');
  const done = (answer: { values: string[] } | { value: string } | { cancel: true }) => {
    session.send({ type: 'picker', id: picker.id, ...answer });
    session.forget('picker');
  };
  return (
    <div
      ref={ref}
      role="dialog"
      aria-label="A field of the page"
      className="absolute z-10 max-h-[min(18rem,100%)] max-w-[min(20rem,90%)] overflow-auto rounded-md border border-line bg-panel p-1 shadow-xl"
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape') done({ cancel: true });
      }}
    >
      {picker.kind === 'select' ? <Options picker={picker} done={done} /> : <ValueField picker={picker} done={done} />}
      <div className="flex justify-end border-t border-line pt-1">
        <Button look="quiet" onClick={() => done({ cancel: true })}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

/** Where a key leads in a list, as in one of the platform; undefined: nowhere. */
function goal(key: string, at: number, labels: readonly string[]): number | undefined {
  const last = labels.length - 1;
  const steps: Record<string, number> = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last };
  if (key in steps) return steps[key];
  if ([...key].length !== 1 || key === ' ') return undefined;
  const begins = (index: number) => labels[index]?.trim().toLowerCase().startsWith(key.toLowerCase()) === true;
  return labels.map((_, index) => (at + 1 + index) % labels.length).find(begins);
}

/** Goes from option to option by keys. */
function walk(event: KeyboardEvent<HTMLElement>, labels: readonly string[]): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const options = [...event.currentTarget.querySelectorAll<HTMLElement>('button:enabled')];
  const next = goal(event.key, options.indexOf(event.target as HTMLElement), labels);
  if (next === undefined) return;
  event.preventDefault();
  options[next]?.focus();
}

function Options({ picker, done }: { picker: LivePicker; done: (answer: { values: string[] }) => void }) {
  const [values, setValues] = useState(() => picker.options.filter(({ selected }) => selected).map(({ value }) => value));
  const labels = picker.options.filter(({ disabled }) => !disabled).map(({ label }) => label);
  if (!picker.multiple) {
    return (
      <ul className="grid" onKeyDown={(event) => walk(event, labels)}>
        {picker.options.map(({ value, label, group, disabled, selected }) => (
          <li key={value}>
            <button
              type="button"
              disabled={disabled}
              aria-pressed={selected}
              onClick={() => done({ values: [value] })}
              className={`w-full rounded px-2 py-1 text-left text-sm hover:bg-raised disabled:opacity-50 ${selected ? 'font-semibold' : ''}`}
            >
              {group !== null && <span className="text-soft">{group} / </span>}
              {label || ' '}
            </button>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div className="grid gap-1 p-1">
      {picker.options.map(({ value, label, disabled }) => (
        <CheckField
          key={value}
          label={label}
          disabled={disabled}
          checked={values.includes(value)}
          onChange={(event) => setValues(event.target.checked ? [...values, value] : values.filter((one) => one !== value))}
        />
      ))}
      <Button look="primary" onClick={() => done({ values })}>
        Choose
      </Button>
    </div>
  );
}

function ValueField({ picker, done }: { picker: LivePicker; done: (answer: { value: string }) => void }) {
  const [value, setValue] = useState(picker.value);
  return (
    <form
      className="flex gap-2 p-1"
      onSubmit={(event) => {
        event.preventDefault();
        done({ value });
      }}
    >
      <input
        type={picker.kind}
        aria-label="Value"
        value={value}
        min={picker.min || undefined}
        max={picker.max || undefined}
        step={picker.step || undefined}
        onChange={(event) => setValue(event.target.value)}
        className="h-8 min-w-24 rounded-md border border-edge bg-panel px-2 text-sm"
      />
      <Button type="submit" look="primary">
        Set
      </Button>
    </form>
  );
}
