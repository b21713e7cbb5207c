import { lazyRouteComponent } from '@tanstack/react-router';

/** A part of the page could not be had, and the server neither. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

const isServerThere = () =>
  fetch('/', { method: 'HEAD' }).then(
    ({ ok }) => ok,
    () => false,
  );

/**
 * A page that is loaded when somebody goes there. A part that is not there any more is one of an older server: the router then loads everything
 * anew. Where the server is away that would leave nothing on the screen.
 */
export function lazyPage<Name extends string, Module extends Record<Name, React.ComponentType>>(load: () => Promise<Module>, name: Name) {
  const importer = () =>
    load().catch(async (cause: unknown) => {
      if (await isServerThere()) throw cause;
      throw new UnreachableError('The server cannot be reached, so that this page could not be loaded.', { cause });
    });
  return lazyRouteComponent(importer, name);
}
