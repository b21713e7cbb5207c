import { useRef, useState } from 'react';
import { Button } from '../ui/button.js';
import { CheckField } from '../ui/field.js';
import { useFocusOver } from './focus.js';
import type { LiveSession } from './live-session.js';
import type { LivePicker } from './messages.js';

interface PickerProps {
  session: LiveSession;
  picker: LivePicker;
  style: { left: string; top: string };
}

/** What a select, date, time or colour field of the page opens: the platform draws these outside of the page, where no screencast sees them. */
export function PickerOverlay({ session, picker, style }: PickerProps) {
  const ref = useRef<HTMLDivElement>(null);
  useFocusOver(ref, 'button, input');
  const done = (answer: { values: string[] } | { value: string } | { cancel: true }) => {
    session.send({ type: 'picker', id: picker.id, ...answer });
    session.forget('picker');
  };
  return (
    <div
      ref={ref}
      role="dialog"
      aria-label="A field of the page"
      className="absolute z-10 max-h-72 max-w-[min(20rem,90%)] overflow-auto rounded-md border border-line bg-panel p-1 shadow-xl"
      style={style}
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

function Options({ picker, done }: { picker: LivePicker; done: (answer: { values: string[] }) => void }) {
  const [values, setValues] = useState(() => picker.options.filter(({ selected }) => selected).map(({ value }) => value));
  if (!picker.multiple) {
    return (
      <ul className="grid">
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
