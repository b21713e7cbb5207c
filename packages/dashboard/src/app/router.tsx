import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { Home } from '../pages/home/home.js';
import { isSignedOut } from './carrel.js';
import { Broken, NotFound } from './endings.js';
import { meQuery, queryClient } from './queries.js';
import { Shell } from './shell.js';
import { SignIn } from './sign-in.js';

interface Context {
  queryClient: typeof queryClient;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
/** Search parameters that are texts; others are dropped. */
const texts =
  <const Name extends string>(...names: Name[]) =>
  (search: Record<string, unknown>): { [Key in Name]?: string } => {
    const found: { [Key in Name]?: string } = {};
    for (const name of names) {
      const value = text(search[name]);
      if (value !== undefined) found[name] = value;
    }
    return found;
  };

const rootRoute = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound, errorComponent: Broken });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: texts('next'),
  component: SignIn,
});

/** Everything that needs somebody to be signed in. */
const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (isSignedOut(error)) throw redirect({ to: '/sign-in', search: { next: location.href } });
      throw error;
    }
  },
  component: Shell,
  errorComponent: Broken,
});

const under = () => appRoute;
const routeTree = rootRoute.addChildren([
  signInRoute,
  appRoute.addChildren([
    createRoute({ getParentRoute: under, path: '/', component: Home }),
    createRoute({
      getParentRoute: under,
      path: '/browsers',
      validateSearch: texts('status', 'endUserId', 'open'),
      component: lazyRouteComponent(() => import('../pages/browsers/browsers.js'), 'Browsers'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/browsers/$browserId',
      validateSearch: texts('view'),
      component: lazyRouteComponent(() => import('../pages/browsers/browser-detail.js'), 'BrowserDetail'),
    }),
  ]),
]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: 'intent',
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
