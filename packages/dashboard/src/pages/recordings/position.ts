/** A place in a recording: `2:05.3`. */
export function formatPosition(atMs: number): string {
  const seconds = Math.floor(atMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}.${Math.floor((atMs % 1000) / 100)}`;
}
