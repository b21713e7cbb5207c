/** A sentence of the contract: what stands between backticks in it is code. */
export function Prose({ text }: { text: string }) {
  return text.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no other name, and never move
      <code key={index} className="font-mono text-[0.95em] wrap-anywhere">
        {part}
      </code>
    ),
  );
}
