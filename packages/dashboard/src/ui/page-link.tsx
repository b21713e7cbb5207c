/** Whether an address may be linked: nothing but the web, for it may come from a page. */
export const isWebUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** An address that came from a page: a link where it is of the web, else only its text. */
export function PageLink({ url }: { url: string }) {
  if (!isWebUrl(url)) return <span className="font-mono text-xs wrap-anywhere text-soft">{url}</span>;
  return (
    <a
      href={url}
      target="_blank"
      rel="noreferrer noopener"
      className="text-accent underline decoration-accent/40 underline-offset-2 wrap-anywhere hover:decoration-accent"
    >
      {url}
    </a>
  );
}

/** What ends an address in running text: blanks, brackets round it, and the punctuation of the sentence. */
const ADDRESSES = /(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]])/;

/** A text that came from a page or a model, with its addresses as links. */
export function LinkedText({ text }: { text: string }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no other name, and never move
  return text.split(ADDRESSES).map((part, index) => (index % 2 === 0 ? part : <PageLink key={index} url={part} />));
}
