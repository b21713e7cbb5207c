import type { ActionInput } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Drive, element, startDrive } from '../testing/drive.js';

let drive: Drive;
beforeAll(async () => {
  drive = await startDrive();
});
afterAll(() => drive[Symbol.asyncDispose]());

/** An action without its place, on the field with this id and this name in observations, and what is true of the page then. */
interface Row {
  what: string;
  id: string;
  name: string;
  action: ActionInput extends infer A ? Omit<A & object, 'ref' | 'selector'> : never;
  expression: string;
  value: unknown;
}

const valueIn = (id: string) => `document.getElementById('${id}').value`;
const fill = (what: string, id: string, name: string, value: string): Row => ({
  what: `fill ${what}`,
  id,
  name,
  action: { type: 'fill', value } as Row['action'],
  expression: valueIn(id),
  value,
});

const rows: Row[] = [
  fill('a text field', 'name', 'Full name', 'Ada Lovelace'),
  fill('a field with emoji, Chinese and combining marks', 'name', 'Full name', '李小龍 👩‍👩‍👧 é'),
  fill('an e-mail field', 'email', 'E-mail', 'ada@example.com'),
  fill('a password field', 'password', 'Password', 'p4ss w0rd'),
  fill('a text area with lines', 'notes', 'Notes', 'one\ntwo'),
  fill('a date field', 'date', 'Birthday', '2026-11-22'),
  fill('a time field', 'time', 'Alarm', '13:30'),
  fill('a date and time field', 'datetime', 'Meeting', '2026-11-22T13:30'),
  fill('a month field', 'month', 'Month', '2026-11'),
  fill('a week field', 'week', 'Week', '2026-W47'),
  fill('a colour field', 'color', 'Colour', '#aabbcc'),
  fill('a range', 'range', 'Volume', '42'),
  fill('a number field', 'number', 'Amount', '-3.5'),
  fill('a right-to-left field', 'rtl', 'الاسم', 'محمد بن أحمد'),
  {
    ...fill('something contenteditable', 'rich', 'Message', 'new text'),
    expression: `document.getElementById('rich').textContent`,
  },
  {
    what: 'type key by key',
    id: 'notes',
    name: 'Notes',
    action: { type: 'type', text: 'añb' } as Row['action'],
    expression: `[${valueIn('notes')}, window.keys.join()]`,
    value: ['añb', 'a,b'] /* what a keyboard has no key for is put in as text */,
  },
  {
    what: 'select by value',
    id: 'fruit',
    name: 'Fruit',
    action: { type: 'select', values: ['b'] } as Row['action'],
    expression: valueIn('fruit'),
    value: 'b',
  },
  {
    what: 'select by a label that is not Latin',
    id: 'fruit',
    name: 'Fruit',
    action: { type: 'select', values: ['أناناس'] } as Row['action'],
    expression: valueIn('fruit'),
    value: 'c',
  },
  {
    what: 'select several',
    id: 'toppings',
    name: 'Toppings',
    action: { type: 'select', values: ['Cheese', '3'] } as Row['action'],
    expression: `[...document.getElementById('toppings').selectedOptions].map((option) => option.value).join()`,
    value: '1,3',
  },
  {
    what: 'check a box',
    id: 'agree',
    name: 'I agree',
    action: { type: 'check' } as Row['action'],
    expression: `document.getElementById('agree').checked`,
    value: true,
  },
  {
    what: 'check a radio button',
    id: 'blue',
    name: 'Blue',
    action: { type: 'check' } as Row['action'],
    expression: `document.getElementById('blue').checked`,
    value: true,
  },
  {
    what: 'check a switch',
    id: 'switch',
    name: 'Dark mode',
    action: { type: 'check' } as Row['action'],
    expression: `document.getElementById('switch').getAttribute('aria-checked')`,
    value: 'true',
  },
  {
    what: 'press a key',
    id: 'notes',
    name: 'Notes',
    action: { type: 'press', key: 'Shift+A' } as Row['action'],
    expression: valueIn('notes'),
    value: 'A',
  },
  {
    what: 'upload a file given with its content',
    id: 'file',
    name: 'Attachment',
    action: { type: 'upload', files: [{ name: 'naïve 文.txt', contentBase64: 'aGVsbG8=' }] } as Row['action'],
    expression: `new Promise((resolve) => { const look = () => (window.uploads.file ? resolve(window.uploads.file) : setTimeout(look, 10)); look(); })`,
    value: ['naïve 文.txt|text/plain|hello'],
  },
  {
    what: 'upload through a file chooser',
    id: 'choose',
    name: 'Choose a file',
    action: { type: 'upload', files: [{ name: 'a.csv', contentBase64: 'YSxi', mimeType: 'text/x-own' }] } as Row['action'],
    expression: `new Promise((resolve) => { const look = () => (window.uploads['hidden-file'] ? resolve(window.uploads['hidden-file']) : setTimeout(look, 10)); look(); })`,
    value: ['a.csv|text/x-own|a,b'],
  },
];

describe('forms', () => {
  it.each(rows)('should $what, by selector', async ({ id, action, expression, value }) => {
    await drive.open('/form.html');
    await drive.done({ ...action, selector: `#${id}` } as ActionInput);
    expect(await drive.ask(expression)).toEqual(value);
  });

  it.each(rows)('should $what, by ref', async ({ name, action, expression, value }) => {
    await drive.open('/form.html');
    const { ref } = element(await drive.see(), name);
    const { message } = await drive.done({ ...action, ref } as ActionInput);
    expect(message).toContain(ref);
    expect(await drive.ask(expression)).toEqual(value);
  });

  it('should type and press into the focused element when none is named', async () => {
    await drive.open('/form.html');
    await drive.done({ type: 'click', selector: '#name' });
    await drive.done({ type: 'type', text: 'ada', delayMs: 1 });
    await drive.done({ type: 'press', key: 'Control+A' });
    await drive.done({ type: 'press', key: 'Backspace' });
    await drive.done({ type: 'type', text: 'Grace' });
    expect(await drive.ask(valueIn('name'))).toBe('Grace');
  });

  it('should uncheck a box and a switch, and clear the files of an input', async () => {
    await drive.open('/form.html');
    await drive.done({ type: 'check', selector: '#agree' });
    await drive.done({ type: 'uncheck', selector: '#agree' });
    await drive.done({ type: 'check', selector: '#switch' });
    await drive.done({ type: 'uncheck', selector: '#switch' });
    await drive.done({ type: 'upload', selector: '#file', files: [{ name: 'a.txt', contentBase64: '' }] });
    await drive.done({ type: 'upload', selector: '#file', files: [] });
    const state = `[document.getElementById('agree').checked, document.getElementById('switch').getAttribute('aria-checked'), document.getElementById('file').files.length]`;
    expect(await drive.ask(state)).toEqual([false, 'false', 0]);
  });

  it('should submit a form and report where it led', async () => {
    await drive.open('/form.html');
    await drive.done({ type: 'fill', selector: '#name', value: 'Ada' });
    const result = await drive.done({ type: 'press', selector: '#name', key: 'Enter' });
    expect(result.changes.url?.to).toContain('/echo?name=Ada');
    expect(result.message).toContain('/echo?name=Ada');
    expect(result.title).toBe('Echo');
  });

  const wrong: [what: string, input: ActionInput, says: RegExp][] = [
    ['fill a check box', { type: 'fill', selector: '#agree', value: 'x' }, /type checkbox.*use check/],
    ['fill a file input', { type: 'fill', selector: '#file', value: 'x' }, /use upload/],
    ['fill a button', { type: 'fill', selector: '#choose', value: 'x' }, /not a field/],
    ['fill a dropdown', { type: 'fill', selector: '#fruit', value: 'b' }, /use select for a dropdown/],
    ['fill a date that is none', { type: 'fill', selector: '#date', value: 'tomorrow' }, /2026-11-22/],
    ['fill text into a number', { type: 'fill', selector: '#number', value: 'many' }, /only numbers/],
    ['fill a read-only field', { type: 'fill', selector: '#locked', value: 'x', timeoutMs: 1_500 }, /read-only/],
    ['fill a disabled field', { type: 'fill', selector: '#off', value: 'x', timeoutMs: 1_500 }, /disabled/],
    ['select in what is no <select>', { type: 'select', selector: '#name', values: ['x'] }, /not a <select>.*click/],
    ['select what is not offered', { type: 'select', selector: '#fruit', values: ['Durian'], timeoutMs: 1_500 }, /options/],
    ['check a text field', { type: 'check', selector: '#name' }, /click it instead/],
    ['uncheck a radio button', { type: 'uncheck', selector: '#blue' }, /./],
    ['press a key that is none', { type: 'press', selector: '#name', key: 'Enterr' }, /no key called/],
    ['upload to what opens no chooser', { type: 'upload', selector: '#name', files: [], timeoutMs: 1000 }, /no file chooser/],
    [
      'upload two files to an input for one',
      {
        type: 'upload',
        selector: '#file',
        files: [
          { name: 'a', contentBase64: '' },
          { name: 'b', contentBase64: '' },
        ],
      },
      /only one file/,
    ],
  ];
  it.each(wrong)('should say what to do when asked to %s', async (_, input, says) => {
    await drive.open('/form.html');
    if (input.type === 'uncheck') await drive.done({ type: 'check', selector: '#blue' });
    const result = await drive.act(input);
    expect(result).toMatchObject({ success: false, failure: 'not_actionable' });
    expect(result.message).toMatch(says);
    expect(result.message).not.toMatch(/Call log|locator\.|\n/);
  });
});
