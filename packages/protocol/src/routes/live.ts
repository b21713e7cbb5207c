import { listOf } from '../common.js';
import { createLiveLinkRequest, liveLink, ofLiveLink } from '../live.js';
import { ofBrowser, onBrowser, type RouteContract, route } from './contract.js';

/** Links by which people see browsers, and take them over. */
export const liveRoutes = {
  createLiveLink: route({
    method: 'POST',
    path: '/v1/browsers/:id/live',
    tag: 'Live',
    summary: 'Make a link by which a person without an account sees a browser, or takes it over, which needs the scope browsers:write',
    scope: 'browsers:read',
    params: ofBrowser,
    body: createLiveLinkRequest,
    idempotent: true,
    notReplayed: ['url'],
    status: 201,
    response: liveLink,
    errors: onBrowser,
  }),
  listLiveLinks: route({
    method: 'GET',
    path: '/v1/browsers/:id/live',
    tag: 'Live',
    summary: 'List the links of a browser that are good, newest first',
    scope: 'browsers:read',
    params: ofBrowser,
    status: 200,
    response: listOf(liveLink).meta({ id: 'LiveLinkList' }),
    errors: onBrowser,
  }),
  revokeLiveLink: route({
    method: 'DELETE',
    path: '/v1/browsers/:id/live/:linkId',
    tag: 'Live',
    summary: 'Revoke a link; what is open through it ends at once. One that another key made needs the scope browsers:write',
    scope: 'browsers:read',
    params: ofLiveLink,
    status: 204,
    errors: onBrowser,
  }),
} as const satisfies Record<string, RouteContract>;
