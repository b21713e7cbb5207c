import type { RecordingLine } from '@carrel/sdk';
import { inOneLine } from '../../ui/json-view.js';

/** What a line of a timeline says, without its type. All of it may be of a page: it only ever becomes text. */
export function lineText({ type, data }: RecordingLine): string {
  const { summary, step, level, text, tool, message, thought } = data;
  if (type === 'step.finished' && typeof summary === 'object' && summary !== null && 'msg' in summary) {
    return `${inOneLine(step)}. ${inOneLine(summary.msg)}`;
  }
  if (type === 'tool.called') return `${inOneLine(tool ?? '')}: ${inOneLine(message ?? '')}`;
  if (type === 'model.called' && typeof thought === 'string' && thought !== '') return thought;
  if (type === 'console.message') return `${inOneLine(level ?? '')}: ${inOneLine(text ?? '')}`;
  return Object.entries(data)
    .map(([name, value]) => `${name}: ${inOneLine(value)}`)
    .join('  ');
}
