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
/** What a browser uses of its machine. */
export type BrowserResources = Schemas['BrowserResources'];
export type NetworkExit = Schemas['NetworkExit'];
export type NetworkRequest = Schemas['NetworkRequest'];
export type ProxyServer = Schemas['ProxyServer'];
export type NetworkLogQuery = NonNullable<operations['getNetwork']['parameters']['query']>;
export type CreateLiveLinkRequest = Schemas['CreateLiveLinkRequest'];
/** A link by which a person sees a browser, or takes it over. `url` is there only when it has just been made. */
export type LiveLink = Schemas['LiveLink'];
export type BrowserEvent = Schemas['BrowserEvent'];
export type BrowserEventType = BrowserEvent['type'];
/** A line of the log of a whole project. */
export type ProjectEvent = Schemas['ProjectEvent'];

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

/** How much there is of what a project may have, and for operators of what the server can do. */
export type Capacity = Schemas['Capacity'];
export type Setting = Schemas['Setting'];
export type SettingsOfServer = Schemas['SettingsOfServer'];
/** What was recorded of a browser. */
export type Recording = Schemas['Recording'];
export type RecordingLine = Schemas['RecordingLine'];
export type ListRecordingsQuery = NonNullable<operations['listRecordings']['parameters']['query']>;
export type SignInRequest = Schemas['SignInRequest'];
/** Who makes a call, and where. */
export type Account = Schemas['Account'];
/** Signs whoever opens it in to the dashboard, once. */
export type SignInLink = Schemas['SignInLink'];

/** A turn of a conversation. `Result` is what its `schema` describes; without one it is text. */
export type Task<Result = unknown> = Omit<Schemas['Task'], 'result' | 'structuredContent' | 'structured_content'> & {
  /** Null until it has completed. */
  result: Result | null;
  /** The result, when a `schema` asked for it. */
  structuredContent: Result | null;
  /** The same. */
  structured_content: Result | null;
};
export type TaskStatus = Task['status'];
export type StopReason = NonNullable<Task['stopReason']>;
/** Why a task failed, for programs. */
export type TaskFailure = NonNullable<Task['errorCode']>;
export type SubmitTaskRequest = Schemas['SubmitTaskRequest'];
export type SubmittedTask = Schemas['SubmittedTask'];
export type ResumeTaskRequest = Schemas['ResumeTaskRequest'];
/** What a paused task waits for. */
export type WaitingFor = Schemas['WaitingFor'];
/** One call of the model and what came of it. */
export type StepSummary = Schemas['StepSummary'];
export type ModelUsage = Schemas['ModelUsage'];
/** What a turn knew of the turns before it. */
export type TaskContext = Schemas['TaskContext'];
/** A line of a task's durable log. */
export type TaskEvent = Schemas['TaskEvent'];
export type TaskEventType = TaskEvent['type'];
export type TaskList = Schemas['TaskList'];
export type ListTasksQuery = NonNullable<operations['listTasks']['parameters']['query']>;
/** A conversation in lists. */
export type SessionSummary = Schemas['SessionSummary'];
/** A conversation with all its turns. */
export type Session = Schemas['Session'];
export type SessionExport = Schemas['SessionExport'];

export type EndUserInfo = Schemas['EndUser'];
export type EndUserLogin = Schemas['EndUserLogin'];
export type LoginRequest = Schemas['LoginRequest'];
export type EndUserExport = Schemas['EndUserExport'];
/** What there is of an end user's credentials: never a value. */
export type Credentials = Schemas['Credentials'];
export type SetCredentialsRequest = Schemas['SetCredentialsRequest'];
export type Login = Schemas['Login'];
export type DeleteCredentialsRequest = Schemas['DeleteCredentialsRequest'];
/** What there was of the credentials that were to be deleted: logins by alias, and how much else. */
export type DeletedCredentials = Schemas['CredentialsDeleted']['deleted'];

/** Somewhere that is told of what happens. `secret` is there only when it has just been made. */
export type Webhook = Schemas['Webhook'];
export type WebhookEventType = Webhook['events'][number];
export type CreateWebhookRequest = Schemas['CreateWebhookRequest'];
export type UpdateWebhookRequest = Schemas['UpdateWebhookRequest'];
export type WebhookDelivery = Schemas['WebhookDelivery'];
export type ListDeliveriesQuery = NonNullable<operations['listDeliveries']['parameters']['query']>;
/** What a webhook is told of a browser that is no task's. */
export type BrowserWebhookEventType = 'human.needed' | 'login.saved' | 'login.failed';
/** The body of a delivery: `type` says whether it is of a task or of a browser. */
export type WebhookPayload =
  | {
      type: Exclude<WebhookEventType, BrowserWebhookEventType>;
      timestamp: string;
      data: {
        taskId: string;
        sessionId: string;
        endUserId: string;
        status: TaskStatus;
        metadata: Record<string, string>;
        /** As it is in the log of the task. */
        event: TaskEvent;
        /** Of `human.asked`: where a person without an account can answer. A secret; left out once that is over. */
        url?: string;
      };
    }
  | {
      type: BrowserWebhookEventType;
      timestamp: string;
      data: {
        browserId: string;
        endUserId: string | null;
        status: BrowserStatus;
        metadata: Record<string, string>;
        /** As it is in the log of the browser. */
        event: BrowserEvent;
        /** Of `human.needed`: where a person without an account can do it. A secret; left out once its time is over. */
        url?: string;
      };
    };

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
