const NAME = /^[A-Za-z_$][\w$]*$/;
const LINE_CHARS = 90;

/** A value as people write it in JavaScript. */
export function toSource(value: unknown, indent = ''): string {
  if (Array.isArray(value))
    return enclosed(
      '[',
      ']',
      value.map((item) => toSource(item, `${indent}  `)),
      indent,
    );
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(([name, part]) => `${NAME.test(name) ? name : quoted(name)}: ${toSource(part, `${indent}  `)}`);
    return enclosed('{', '}', parts, indent);
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

function enclosed(open: string, close: string, parts: string[], indent: string): string {
  if (parts.length === 0) return `${open}${close}`;
  const pad = open === '{' ? ' ' : '';
  const line = `${open}${pad}${parts.join(', ')}${pad}${close}`;
  if (line.length + indent.length <= LINE_CHARS && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => `${indent}  ${part},\n`).join('')}${indent}${close}`;
}

const quoted = (text: string) =>
  text.includes("'") && !text.includes('"')
    ? JSON.stringify(text)
    : `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

/** The call of the SDK that opens such a browser. */
export const openCode = (request: object): string =>
  `const browser = await client.browsers.open(${Object.keys(request).length === 0 ? '' : toSource(request)});`;

/** The call of the SDK that does such an action in a browser that is there. */
export const executeCode = (browserId: string, action: object): string =>
  `const browser = await client.browsers.get(${quoted(browserId)});\nawait browser.execute(${toSource(action)});`;
