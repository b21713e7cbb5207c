import type { components, operations } from './generated/api.js';

type Schemas = components['schemas'];

/** What the server says about a browser. `cdpUrl` is a secret, there only while the browser runs and never in lists. */
export type BrowserInfo = Schemas['Browser'];
export type BrowserStatus = BrowserInfo['status'];
export type BrowserKind = BrowserInfo['kind'];
export type OpenBrowserRequest = Schemas['OpenBrowserRequest'];
export type UpdateBrowserRequest = Schemas['UpdateBrowserRequest'];
export type ListBrowsersQuery = NonNullable<operations['listBrowsers']['parameters']['query']>;

/** One thing to do on a page; `type` says what. */
export type Action = Schemas['Action'];
export type ActionType = Action['type'];
/** The action of one type, e.g. `ActionOf<'click'>`. */
export type ActionOf<Type extends ActionType> = Extract<Action, { type: Type }>;
/** What an action did. A failed one is an answer too: `success: false`, with `failure` and a `message` that says what to do. */
export type ActionResult = Schemas['ActionResult'];
export type ActionFailure = NonNullable<ActionResult['failure']>;

export type ObserveRequest = Schemas['ObserveRequest'];
/** What an agent sees: URL, tabs, accessibility snapshot with refs, interactive elements. */
export type Observation = Schemas['Observation'];
export type PageElement = Schemas['PageElement'];
export type Dialog = Schemas['Dialog'];
export type ScrapeRequest = Schemas['ScrapeRequest'];
export type ScrapeResult = Schemas['ScrapeResult'];
export type ScreenshotRequest = Schemas['ScreenshotRequest'];
export type PdfRequest = Schemas['PdfRequest'];

export type Cookie = Schemas['Cookie'];
export type CookieToSet = Schemas['CookieToSet'];
export type Tab = Schemas['Tab'];
export type BrowserFile = Schemas['File'];
/** What a browser asked the network for lately, where it leaves, and how many bytes that took. */
export type NetworkLog = Schemas['NetworkLog'];
export type NetworkExit = Schemas['NetworkExit'];
export type NetworkRequest = Schemas['NetworkRequest'];
export type ProxyServer = Schemas['ProxyServer'];
export type NetworkLogQuery = NonNullable<operations['getNetwork']['parameters']['query']>;
export type BrowserEvent = Schemas['BrowserEvent'];
export type BrowserEventType = BrowserEvent['type'];

/** What of a browser is kept when it closes, in versions. */
export type Profile = Schemas['Profile'];
export type CreateProfileRequest = Schemas['CreateProfileRequest'];
export type UpdateProfileRequest = Schemas['UpdateProfileRequest'];
export type ListProfilesQuery = NonNullable<operations['listProfiles']['parameters']['query']>;
/** One immutable snapshot of a profile. */
export type ProfileVersion = Schemas['ProfileVersion'];
/** What a version holds: names, counts and sizes, never a value. */
export type ProfileContents = Schemas['ProfileContents'];
export type OriginContents = Schemas['OriginContents'];
/** The profile of a browser, and what became of saving to it. */
export type BrowserProfile = Schemas['BrowserProfile'];
/** State in the form of Playwright's `context.storageState({ indexedDB: true })`. */
export type StorageState = Schemas['StorageState'];
export type ImportProfileRequest = Schemas['ImportProfileRequest'];
export type ProfileFormat = NonNullable<Schemas['ExportProfileRequest']['format']>;
/** The values of a profile in one format; the field is named as the format is. */
export type ProfileExportOf<Format extends ProfileFormat> = Pick<ProfileExport, 'version'> & Required<Pick<ProfileExport, Format>>;
type ProfileExport = Schemas['ProfileExport'];
export type AuditEvent = Schemas['AuditEvent'];
export type MasterKeyRotation = Schemas['MasterKeyRotation'];

export type Project = Schemas['Project'];
export type CreateProjectRequest = Schemas['CreateProjectRequest'];
export type UpdateProjectRequest = Schemas['UpdateProjectRequest'];
export type ApiKey = Schemas['ApiKey'];
export type Scope = ApiKey['scopes'][number];
export type CreateApiKeyRequest = Schemas['CreateApiKeyRequest'];
/** A new key. `secret` is there once: not when the answer is a replay by Idempotency-Key. */
export type CreatedApiKey = Schemas['CreatedApiKey'];

export type Health = Schemas['Health'];
export type Readiness = Schemas['Readiness'];
/** The body of every answer that is not a success. */
export type ErrorBody = Schemas['Error'];
