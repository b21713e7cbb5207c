// Small pieces of Markdown that the generated pages are made of.

/** Text as it is: nothing in it is taken for HTML, for a template of Vue or for the end of a cell. Code between backticks stays code. */
export function text(value) {
  const escaped = String(value)
    .split(/(`[^`]*`)/)
    .map((part, index) =>
      index % 2 === 1 ? part : part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('{{', '&#123;&#123;'),
    );
  return escaped.join('');
}

export const code = (value) => `\`${String(value).replaceAll('`', "'")}\``;

const cell = (value) =>
  String(value)
    .replaceAll('|', '\\|')
    .replace(/\s*\n\s*/g, ' ');

/** A table; none at all where it has no rows. */
export function table(head, rows) {
  if (rows.length === 0) return '';
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

export const fence = (language, content) => `\`\`\`${language}\n${content.trimEnd()}\n\`\`\``;

/** A page: its title and its parts, empty ones left out. */
export const page = (title, ...parts) => `# ${title}\n\n${parts.flat(Number.POSITIVE_INFINITY).filter(Boolean).join('\n\n')}\n`;

/** A part of a URL, as VitePress makes it of a heading. */
export const slug = (title) =>
  title
    .toLowerCase()
    .replace(/[^\w]+/g, '-')
    .replace(/^-|-$/g, '');
