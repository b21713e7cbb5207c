import { z } from 'zod';
import { action, actionResult } from './actions.js';
import {
  apiKey,
  apiKeyId,
  createApiKeyRequest,
  createdApiKey,
  createProjectRequest,
  health,
  project,
  projectId,
  readiness,
  type Scope,
  updateProjectRequest,
} from './admin.js';
import { browser, browserEvent, browserId, eventsQuery, listBrowsersQuery, openBrowserRequest, updateBrowserRequest } from './browsers.js';
import { listOf, listQuery, tabId } from './common.js';
import { cookieList, setCookiesRequest } from './cookies.js';
import type { ErrorCode } from './errors.js';
import { browserFile, fileName } from './files.js';
import { networkLog, networkLogQuery } from './network.js';
import { observation, observeRequest, pdfRequest, scrapeRequest, scrapeResult, screenshotRequest } from './observe.js';
import { newTabRequest, tab } from './tabs.js';

/** An answer that is not JSON: its content types. */
export interface BinaryResponse {
  readonly binary: readonly string[];
}

/** One call of the API. The server, the OpenAPI document, the SDK's types and the docs are all made from these. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `:name` parameters. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** What the caller's API key needs; null: open to all. */
  readonly scope: Scope | null;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The body is raw bytes, not JSON. */
  readonly rawBody?: true;
  /** Honours `Idempotency-Key`. */
  readonly idempotent?: true;
  /** Fields of the answer that a replay by `Idempotency-Key` leaves out. */
  readonly notReplayed?: readonly string[];
  readonly status: number;
  /** Further statuses that answer with the same body. */
  readonly otherStatuses?: readonly number[];
  /** Left out: the answer has no body. */
  readonly response?: z.ZodType | BinaryResponse;
  /** Can also answer as a stream of server-sent events. */
  readonly stream?: true;
  /** Error codes beyond those that any call may answer. */
  readonly errors: readonly ErrorCode[];
}

const ofBrowser = z.strictObject({ id: browserId });
const onPage = ['not_found', 'browser_not_running', 'browser_crashed', 'page_unresponsive'] as const satisfies readonly ErrorCode[];
const route = <const R extends RouteContract>(contract: R): R => contract;

export const routes = {
  openBrowser: route({
    method: 'POST',
    path: '/v1/browsers',
    tag: 'Browsers',
    summary: 'Open a browser',
    scope: 'browsers:write',
    body: openBrowserRequest,
    idempotent: true,
    status: 201,
    response: browser,
    errors: [
      'quota_exceeded',
      'limit_exceeded',
      'no_exit_available',
      'identity_contradiction',
      'isolation_unavailable',
      'launch_failed',
      'chromium_not_found',
    ],
  }),
  listBrowsers: route({
    method: 'GET',
    path: '/v1/browsers',
    tag: 'Browsers',
    summary: 'List browsers, newest first',
    scope: 'browsers:read',
    query: listBrowsersQuery,
    status: 200,
    response: listOf(browser).meta({ id: 'BrowserList' }),
    errors: [],
  }),
  getBrowser: route({
    method: 'GET',
    path: '/v1/browsers/:id',
    tag: 'Browsers',
    summary: 'Get a browser, with its cdpUrl while it runs',
    scope: 'browsers:read',
    params: ofBrowser,
    status: 200,
    response: browser,
    errors: ['not_found'],
  }),
  updateBrowser: route({
    method: 'PATCH',
    path: '/v1/browsers/:id',
    tag: 'Browsers',
    summary: 'Extend the time limits, or replace the metadata',
    scope: 'browsers:write',
    params: ofBrowser,
    body: updateBrowserRequest,
    status: 200,
    response: browser,
    errors: ['not_found', 'browser_not_running', 'limit_exceeded'],
  }),
  closeBrowser: route({
    method: 'DELETE',
    path: '/v1/browsers/:id',
    tag: 'Browsers',
    summary: 'Close a browser; closing one that has ended answers the same',
    scope: 'browsers:write',
    params: ofBrowser,
    status: 200,
    response: browser,
    errors: ['not_found'],
  }),
  observe: route({
    method: 'POST',
    path: '/v1/browsers/:id/observe',
    tag: 'Pages',
    summary: 'See the page as an agent does',
    scope: 'browsers:read',
    params: ofBrowser,
    body: observeRequest,
    status: 200,
    response: observation,
    errors: onPage,
  }),
  execute: route({
    method: 'POST',
    path: '/v1/browsers/:id/execute',
    tag: 'Pages',
    summary: 'Do one action; a failed action is an answer with success: false',
    scope: 'browsers:write',
    params: ofBrowser,
    body: action,
    status: 200,
    response: actionResult,
    errors: onPage,
  }),
  scrape: route({
    method: 'POST',
    path: '/v1/browsers/:id/scrape',
    tag: 'Pages',
    summary: 'Read the page: Markdown, links, and fields by selector',
    scope: 'browsers:read',
    params: ofBrowser,
    body: scrapeRequest,
    status: 200,
    response: scrapeResult,
    errors: [...onPage, 'needs_model'],
  }),
  screenshot: route({
    method: 'POST',
    path: '/v1/browsers/:id/screenshot',
    tag: 'Pages',
    summary: 'Take a picture of the viewport, the whole page or one element',
    scope: 'browsers:read',
    params: ofBrowser,
    body: screenshotRequest,
    status: 200,
    response: { binary: ['image/png', 'image/jpeg', 'image/webp'] },
    errors: onPage,
  }),
  pdf: route({
    method: 'POST',
    path: '/v1/browsers/:id/pdf',
    tag: 'Pages',
    summary: 'Print the page to PDF',
    scope: 'browsers:read',
    params: ofBrowser,
    body: pdfRequest,
    status: 200,
    response: { binary: ['application/pdf'] },
    errors: onPage,
  }),
  getCookies: route({
    method: 'GET',
    path: '/v1/browsers/:id/cookies',
    tag: 'Cookies',
    summary: 'All cookies of the browser',
    scope: 'browsers:read',
    params: ofBrowser,
    status: 200,
    response: cookieList,
    errors: onPage,
  }),
  setCookies: route({
    method: 'PUT',
    path: '/v1/browsers/:id/cookies',
    tag: 'Cookies',
    summary: 'Set cookies; others stay',
    scope: 'browsers:write',
    params: ofBrowser,
    body: setCookiesRequest,
    status: 200,
    response: cookieList,
    errors: onPage,
  }),
  listTabs: route({
    method: 'GET',
    path: '/v1/browsers/:id/tabs',
    tag: 'Tabs',
    summary: 'List the tabs, in order of opening',
    scope: 'browsers:read',
    params: ofBrowser,
    status: 200,
    response: listOf(tab).meta({ id: 'TabList' }),
    errors: onPage,
  }),
  openTab: route({
    method: 'POST',
    path: '/v1/browsers/:id/tabs',
    tag: 'Tabs',
    summary: 'Open a tab and make it the active one',
    scope: 'browsers:write',
    params: ofBrowser,
    body: newTabRequest,
    idempotent: true,
    status: 201,
    response: tab,
    errors: [...onPage, 'conflict'],
  }),
  closeTab: route({
    method: 'DELETE',
    path: '/v1/browsers/:id/tabs/:tabId',
    tag: 'Tabs',
    summary: 'Close a tab',
    scope: 'browsers:write',
    params: z.strictObject({ id: browserId, tabId }),
    status: 204,
    errors: onPage,
  }),
  listFiles: route({
    method: 'GET',
    path: '/v1/browsers/:id/files',
    tag: 'Files',
    summary: 'List uploads and finished downloads',
    scope: 'browsers:read',
    params: ofBrowser,
    status: 200,
    response: listOf(browserFile).meta({ id: 'FileList' }),
    errors: onPage,
  }),
  putFile: route({
    method: 'PUT',
    path: '/v1/browsers/:id/files/:name',
    tag: 'Files',
    summary: 'Put a file for pages to upload (the body is its content)',
    scope: 'browsers:write',
    params: z.strictObject({ id: browserId, name: fileName }),
    rawBody: true,
    status: 200,
    response: browserFile,
    errors: [...onPage, 'payload_too_large'],
  }),
  getFile: route({
    method: 'GET',
    path: '/v1/browsers/:id/files/:name',
    tag: 'Files',
    summary: 'Get the content of a file',
    scope: 'browsers:read',
    params: z.strictObject({ id: browserId, name: fileName }),
    status: 200,
    response: { binary: ['application/octet-stream'] },
    errors: onPage,
  }),
  deleteFile: route({
    method: 'DELETE',
    path: '/v1/browsers/:id/files/:name',
    tag: 'Files',
    summary: 'Delete a file',
    scope: 'browsers:write',
    params: z.strictObject({ id: browserId, name: fileName }),
    status: 204,
    errors: onPage,
  }),
  listEvents: route({
    method: 'GET',
    path: '/v1/browsers/:id/events',
    tag: 'Events',
    summary: 'Read the log of a browser, or follow it (Accept: text/event-stream, Last-Event-ID)',
    scope: 'browsers:read',
    params: ofBrowser,
    query: eventsQuery,
    status: 200,
    response: listOf(browserEvent).meta({ id: 'EventList' }),
    stream: true,
    errors: ['not_found'],
  }),
  getNetwork: route({
    method: 'GET',
    path: '/v1/browsers/:id/network',
    tag: 'Network',
    summary: 'What the browser has asked the network for, where it leaves, and how many bytes that took',
    scope: 'browsers:read',
    params: ofBrowser,
    query: networkLogQuery,
    status: 200,
    response: networkLog,
    errors: ['not_found', 'browser_not_running'],
  }),
  createProject: route({
    method: 'POST',
    path: '/v1/projects',
    tag: 'Projects',
    summary: 'Make a project',
    scope: 'projects:manage',
    body: createProjectRequest,
    idempotent: true,
    status: 201,
    response: project,
    errors: [],
  }),
  listProjects: route({
    method: 'GET',
    path: '/v1/projects',
    tag: 'Projects',
    summary: 'List the projects: all for an operator, else one’s own',
    scope: 'browsers:read',
    query: listQuery,
    status: 200,
    response: listOf(project).meta({ id: 'ProjectList' }),
    errors: [],
  }),
  getProject: route({
    method: 'GET',
    path: '/v1/projects/:id',
    tag: 'Projects',
    summary: 'Get a project',
    scope: 'browsers:read',
    params: z.strictObject({ id: projectId }),
    status: 200,
    response: project,
    errors: ['not_found'],
  }),
  updateProject: route({
    method: 'PATCH',
    path: '/v1/projects/:id',
    tag: 'Projects',
    summary: 'Change the name or the limit of a project',
    scope: 'projects:manage',
    params: z.strictObject({ id: projectId }),
    body: updateProjectRequest,
    status: 200,
    response: project,
    errors: ['not_found'],
  }),
  deleteProject: route({
    method: 'DELETE',
    path: '/v1/projects/:id',
    tag: 'Projects',
    summary: 'Delete a project: its keys stop working, its browsers are closed',
    scope: 'projects:manage',
    params: z.strictObject({ id: projectId }),
    status: 204,
    errors: ['not_found', 'conflict'],
  }),
  createApiKey: route({
    method: 'POST',
    path: '/v1/api-keys',
    tag: 'API keys',
    summary: 'Make an API key; its secret is shown once',
    scope: 'keys:manage',
    body: createApiKeyRequest,
    idempotent: true,
    notReplayed: ['secret'],
    status: 201,
    response: createdApiKey,
    errors: ['not_found'],
  }),
  listApiKeys: route({
    method: 'GET',
    path: '/v1/api-keys',
    tag: 'API keys',
    summary: "List the project's API keys",
    scope: 'keys:manage',
    query: listQuery,
    status: 200,
    response: listOf(apiKey).meta({ id: 'ApiKeyList' }),
    errors: [],
  }),
  revokeApiKey: route({
    method: 'DELETE',
    path: '/v1/api-keys/:id',
    tag: 'API keys',
    summary: 'Revoke an API key, at once',
    scope: 'keys:manage',
    params: z.strictObject({ id: apiKeyId }),
    status: 200,
    response: apiKey,
    errors: ['not_found', 'conflict'],
  }),
  metrics: route({
    method: 'GET',
    path: '/metrics',
    tag: 'Server',
    summary: "The server's figures over all projects, for Prometheus",
    scope: 'projects:manage',
    status: 200,
    response: { binary: ['text/plain'] },
    errors: [],
  }),
  health: route({
    method: 'GET',
    path: '/health',
    tag: 'Server',
    summary: 'Whether the process answers',
    scope: null,
    status: 200,
    response: health,
    errors: [],
  }),
  ready: route({
    method: 'GET',
    path: '/ready',
    tag: 'Server',
    summary: 'Whether browsers can be opened now; 503 when not',
    scope: null,
    status: 200,
    otherStatuses: [503],
    response: readiness,
    errors: [],
  }),
} as const satisfies Record<string, RouteContract>;

export type RouteName = keyof typeof routes;
