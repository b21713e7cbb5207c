import type { AssistantContent, ModelMessage, ToolContent, UserContent } from 'ai';
import type { ModelRequest, PageView, PastStep, ToolCall, ToolResult } from '../model.js';
import { marked } from '../prompt/marked.js';
import { ASK_HUMAN } from '../tools/asking.js';

/** What providers want to see again with a call that they made. */
export type CallMetadata = Map<ToolCall['id'], NonNullable<Extract<AssistantContent[number], { type: 'tool-call' }>['providerOptions']>>;

export interface MessageForm {
  /** As the provider's own calls and results, or as text. */
  readonly calls: 'native' | 'text';
  readonly withPictures: boolean;
  readonly metadata: CallMetadata;
}

/** What has happened, and what there is to see now: the newest look and no older one. All that pages have a say in is marked. */
export function messagesOf(request: ModelRequest, form: MessageForm): ModelMessage[] {
  const past = request.history.flatMap((step) =>
    form.calls === 'native' ? nativeStep(step, request.marker, form.metadata) : textStep(step, request.marker),
  );
  const begin: ModelMessage[] = past.length === 0 ? [] : [{ role: 'user', content: 'Begin with the task.' }];
  return [...begin, ...past, { role: 'user', content: present(request, form) }];
}

function nativeStep({ thought, calls }: PastStep, marker: string, metadata: CallMetadata): ModelMessage[] {
  const said = { type: 'text', text: thought } as const;
  if (calls.length === 0) return [{ role: 'assistant', content: [{ ...said, text: thought || '…' }] }];
  const made = calls.map(({ call }) => {
    const providerOptions = metadata.get(call.id);
    const part = { type: 'tool-call', toolCallId: call.id, toolName: call.name, input: call.input } as const;
    return providerOptions === undefined ? part : { ...part, providerOptions };
  });
  const results: ToolContent = calls.map(({ call, result }) => ({
    type: 'tool-result',
    toolCallId: call.id,
    toolName: call.name,
    output: { type: 'text', value: resultText(call, result, marker) },
  }));
  return [
    { role: 'assistant', content: thought === '' ? made : [said, ...made] },
    { role: 'tool', content: results },
  ];
}

function textStep({ thought, calls }: PastStep, marker: string): ModelMessage[] {
  const made = calls.map(({ call }) => JSON.stringify({ tool: call.name, input: call.input }));
  const results = calls.map(({ call, result }) => `Result of ${call.name}:\n${resultText(call, result, marker)}`);
  return [
    { role: 'assistant', content: [thought, ...made].filter((line) => line !== '').join('\n') || '…' },
    ...(results.length === 0 ? [] : [{ role: 'user' as const, content: results.join('\n') }]),
  ];
}

/** The answer of a person is no page's. */
const resultText = (call: ToolCall, { success, text }: ToolResult, marker: string) =>
  `${success ? 'ok' : 'failed'}\n${call.name === ASK_HUMAN && success ? text : marked('RESULT', text, marker)}`;

function present({ history, notice, view, mustFinish, marker }: ModelRequest, { withPictures }: MessageForm): UserContent {
  const lines = [`Step ${history.length + 1}.`];
  if (notice !== null) lines.push(notice);
  if (mustFinish) lines.push('There are no steps left: call `done` now, with the best answer that you can give from what you know.');
  if (view === null) lines.push('There is nothing to see.');
  else lines.push(marked('PAGE', describe(view), marker));
  const pictures = withPictures ? picturesOf(view, history.at(-1)) : [];
  return [
    { type: 'text', text: lines.join('\n') },
    ...pictures.map(({ base64, mimeType }) => ({ type: 'image' as const, image: base64, mediaType: mimeType })),
  ];
}

/** The picture of the page, and those that were asked for in the step before. */
function picturesOf(view: PageView | null, last: PastStep | undefined): NonNullable<ToolResult['picture']>[] {
  const screenshot = view?.observation.screenshot;
  const asked = last?.calls.flatMap(({ result }) => result.picture ?? []) ?? [];
  return [...asked, ...(screenshot === undefined ? [] : [{ base64: screenshot.base64, mimeType: `image/${screenshot.format}` }])];
}

function describe({ observation: { metadata, dialog }, text, part, parts }: PageView): string {
  const { url, title, tabs, viewport, scroll } = metadata;
  const lines = [`URL: ${url}`, `Title: ${title}`];
  if (tabs.length > 1)
    lines.push(`Tabs:\n${tabs.map((tab) => `- ${tab.id}${tab.active ? ' (active)' : ''}: ${tab.title} ${tab.url}`).join('\n')}`);
  if (dialog !== undefined) lines.push(`A dialog is open (${dialog.type}), answer it first: ${dialog.message}`);
  if (scroll.height > viewport.height)
    lines.push(`Scrolled to ${Math.round(scroll.y)} of ${Math.round(scroll.height - viewport.height)} pixels.`);
  lines.push(parts > 1 ? `Part ${part} of ${parts} of the page:` : 'The page:', text === '' ? '(empty)' : text);
  return lines.join('\n');
}
