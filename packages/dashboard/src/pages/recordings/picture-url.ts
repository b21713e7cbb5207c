import { useEffect, useState } from 'react';

/** An address for the bytes of a JPEG that an `<img>` can show; given back when it is not needed any more. */
export function usePictureUrl(jpeg: Uint8Array<ArrayBuffer> | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (jpeg === undefined) return setUrl(undefined);
    const made = URL.createObjectURL(new Blob([jpeg], { type: 'image/jpeg' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [jpeg]);
  return url;
}
