import { describe, expect, it } from 'vitest';
import { actionOf } from './action-fields.js';

describe('actionOf', () => {
  it.each([
    [['goto', 'https://example.com/?a=1&b=2'], { type: 'goto', url: 'https://example.com/?a=1&b=2' }],
    [['goto', 'url=https://example.com/?a=1', 'timeoutMs=5000'], { type: 'goto', url: 'https://example.com/?a=1', timeoutMs: 5000 }],
    [['click', 'e12'], { type: 'click', ref: 'e12' }],
    [['click', 'f1e12'], { type: 'click', ref: 'f1e12' }],
    [['click', 'em'], { type: 'click', selector: 'em' }],
    [['click', '[name=q]'], { type: 'click', selector: '[name=q]' }],
    [['click', 'selector=text=Sign in', 'button=right'], { type: 'click', selector: 'text=Sign in', button: 'right' }],
    [['fill', '#age', 'value=42'], { type: 'fill', selector: '#age', value: '42' }],
    [['fill', '#x', 'value='], { type: 'fill', selector: '#x', value: '' }],
    [['type', 'hello'], { type: 'type', text: 'hello' }],
    [['select', 'ref=e7', 'values=1', 'values=true'], { type: 'select', ref: 'e7', values: ['1', 'true'] }],
    [['dialog', 'accept=false'], { type: 'dialog', accept: false }],
    [['click', 'e1', 'position={"x":1,"y":2}'], { type: 'click', ref: 'e1', position: { x: 1, y: 2 } }],
    [['evaluate', '(n) => n + 1', 'arg=41'], { type: 'evaluate', expression: '(n) => n + 1', arg: 41 }],
    [['press', 'Control+A'], { type: 'press', key: 'Control+A' }],
    [['back'], { type: 'back' }],
  ])('should understand %j', ([type = '', ...words], action) => {
    expect(actionOf(type, words)).toEqual(action);
  });

  it.each([
    [['jump'], 'There is no action "jump"'],
    [['dialog', 'yes'], 'needs a name'],
    [['dialog', 'accept=yes'], 'must be true or false'],
    [['wait', 'timeMs=soon'], 'must be a number'],
    [['wait', 'timeMs='], 'must be a number'],
    [['goto', 'https://a', 'https://b'], 'given twice'],
    [['click', 'e1', 'position=here'], 'must be JSON'],
  ])('should refuse %j', ([type = '', ...words], message) => {
    expect(() => actionOf(type, words)).toThrow(message);
  });
});
