import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import { Home } from '../pages/home/home.js';
import { isSignedOut } from './carrel.js';
import { Broken, BrokenAlone, NotFound } from './endings.js';
import { firstLineQuery } from './events.js';
import { lazyPage } from './lazy-page.js';
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

const rootRoute = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound, errorComponent: BrokenAlone });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: texts('next'),
  component: SignIn,
});

const liveRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/live/$token',
  validateSearch: texts('chrome', 'theme'),
  component: lazyPage(() => import('../pages/live/live-page.js'), 'LivePage'),
});

/** Everything that needs somebody to be signed in. */
const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    try {
      const { queryClient: known } = context;
      // Before any page reads anything: what changes after that line is told. Who follows the log says what is wrong with it.
      const firstLine = known.ensureQueryData(firstLineQuery).catch(() => {});
      await Promise.all([known.ensureQueryData(meQuery), firstLine]);
    } catch (error) {
      if (isSignedOut(error)) throw redirect({ to: '/sign-in', search: { next: location.href } });
      throw error;
    }
  },
  component: Shell,
  errorComponent: BrokenAlone,
});

const under = () => appRoute;
const routeTree = rootRoute.addChildren([
  signInRoute,
  liveRoute,
  appRoute.addChildren([
    createRoute({ getParentRoute: under, path: '/', component: Home }),
    createRoute({
      getParentRoute: under,
      path: '/browsers',
      validateSearch: texts('status', 'endUserId', 'open'),
      component: lazyPage(() => import('../pages/browsers/browsers.js'), 'Browsers'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/browsers/$browserId',
      validateSearch: texts('view'),
      component: lazyPage(() => import('../pages/browsers/browser-detail.js'), 'BrowserDetail'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/conversations',
      validateSearch: texts('endUserId'),
      component: lazyPage(() => import('../pages/conversations/conversations.js'), 'Conversations'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/conversations/$sessionId',
      component: lazyPage(() => import('../pages/conversations/conversation.js'), 'ConversationPage'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/profiles',
      component: lazyPage(() => import('../pages/profiles/profiles.js'), 'Profiles'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/profiles/$profileId',
      component: lazyPage(() => import('../pages/profiles/profile-detail.js'), 'ProfileDetail'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/end-users',
      component: lazyPage(() => import('../pages/end-users/end-users.js'), 'EndUsers'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/end-users/$endUserId',
      component: lazyPage(() => import('../pages/end-users/end-user-detail.js'), 'EndUserDetail'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/recordings',
      component: lazyPage(() => import('../pages/recordings/recordings.js'), 'Recordings'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/recordings/$browserId',
      component: lazyPage(() => import('../pages/recordings/recording-detail.js'), 'RecordingDetail'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/webhooks',
      component: lazyPage(() => import('../pages/webhooks/webhooks.js'), 'Webhooks'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/webhooks/$webhookId',
      validateSearch: texts('status'),
      component: lazyPage(() => import('../pages/webhooks/webhook-detail.js'), 'WebhookDetail'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/keys',
      component: lazyPage(() => import('../pages/keys/keys.js'), 'Keys'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/settings',
      component: lazyPage(() => import('../pages/settings/settings.js'), 'Settings'),
    }),
    createRoute({
      getParentRoute: under,
      path: '/playground',
      validateSearch: texts('operation'),
      component: lazyPage(() => import('../pages/playground/playground.js'), 'Playground'),
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
