const WORDS: Readonly<Record<string, string>> = { id: 'ID', url: 'URL', ms: 'ms', mm: 'mm', px: 'px', usd: 'USD' };

/** A field's name as people read it: `idleTimeoutSeconds` → `Idle timeout seconds`. */
export function wordsOf(name: string): string {
  const words = name
    .replaceAll('_', ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ');
  const text = words.map((word) => WORDS[word] ?? word).join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
