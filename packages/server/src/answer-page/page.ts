import { createHash } from 'node:crypto';

/** As much as an answer may be long (`resumeTaskRequest`). */
export const MAX_ANSWER_CHARS = 32_000;

const STYLE = `
:root { color-scheme: light dark; --ground: #f6f5f2; --paper: #fff; --ink: #1c1b19; --soft: #5d5a54; --line: #c9c5bb; --accent: #1d5c45; --on-accent: #fff; --alert: #a32a1a; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #161614; --paper: #201f1d; --ink: #edebe6; --soft: #a8a49b; --line: #4a4740; --accent: #7cc7a5; --on-accent: #10251b; --alert: #f0917f; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { width: 100%; max-width: 36rem; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: clamp(1.25rem, 5vw, 2.25rem); }
.from { margin: 0; color: var(--soft); font-size: .9375rem; }
h1 { margin: .35rem 0 1.25rem; font-size: 1.375rem; line-height: 1.35; font-weight: 600; white-space: pre-wrap; overflow-wrap: anywhere; }
label { display: block; margin-bottom: .4rem; font-weight: 600; }
textarea { width: 100%; min-height: 7rem; padding: .65rem .75rem; border: 1px solid var(--soft); border-radius: 8px; background: var(--ground); color: inherit; font: inherit; resize: vertical; }
textarea:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button { margin-top: 1rem; padding: .65rem 1.4rem; border: 0; border-radius: 8px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer; }
.note { margin: 1.1rem 0 0; color: var(--soft); font-size: .9375rem; }
.alert { margin: 0 0 1rem; color: var(--alert); font-weight: 600; }
`;

/** The page may show itself and send its form here, and nothing else: it has no script, and loads nothing. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A question that stands. */
export interface ShownQuestion {
  /** The name of the project whose agent asks. */
  readonly askedBy: string;
  readonly question: string;
  /** RFC 3339. */
  readonly expiresAt: string | null;
}

/** @param problem what was wrong with an answer that was sent */
export function questionPage({ askedBy, question, expiresAt }: ShownQuestion, problem?: string): string {
  const until = expiresAt === null ? '' : ` The question stands until ${time(expiresAt)}.`;
  const alert = problem === undefined ? '' : `<p class="alert" role="alert">${escapeHtml(problem)}</p>`;
  return page(
    'A question for you',
    `<p class="from">An assistant that works for <strong>${escapeHtml(askedBy)}</strong> asks:</p>
<h1>${escapeHtml(question)}</h1>
${alert}<form method="post">
<label for="answer">Your answer</label>
<textarea id="answer" name="answer" required maxlength="${MAX_ANSWER_CHARS}" aria-describedby="note" autofocus></textarea>
<button type="submit">Send answer</button>
<p class="note" id="note">The assistant waits, and goes on with what you write.${until}</p>
</form>`,
  );
}

/** A page that only says something. */
export function messagePage(title: string, text: string): string {
  return page(title, `<h1>${escapeHtml(title)}</h1>\n<p class="note">${escapeHtml(text)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** In words that say which zone they are of: nobody knows that of the reader's. */
function time(text: string): string {
  const shown = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(text));
  return `<time datetime="${escapeHtml(text)}">${escapeHtml(shown)} UTC</time>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text and for attributes in quotes. */
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
