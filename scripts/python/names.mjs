// How what the contract names is named in Python.

/** Schemas that have another name in Python, as in the SDK for TypeScript: they would be taken for something else. */
const RENAMED = { Browser: 'BrowserInfo', File: 'BrowserFile', EndUser: 'EndUserInfo', Error: 'ErrorBody' };

/** Names that the shape of the contract gives, and better ones: those of the SDK for TypeScript. */
const BETTER = {
  ActionResultFailure: 'ActionFailure',
  CreatedApiKeyScope: 'Scope',
  CredentialsDeletedDeleted: 'DeletedCredentials',
  ExportProfileRequestFormat: 'ProfileFormat',
  ExportRecordingQueryFormat: 'RecordingFormat',
  SessionSummaryLatestStatus: 'TaskStatus',
  TaskErrorCode: 'TaskFailure',
  TaskStopReason: 'StopReason',
  WebhookEvent: 'WebhookEventType',
};

const KEYWORDS = new Set(['from', 'import', 'global', 'class', 'pass', 'in', 'is', 'not', 'with', 'as']);
/** What pydantic's models have themselves. */
const TAKEN = new Set(['schema', 'json', 'copy', 'dict', 'construct', 'validate']);

export const pascal = (text) =>
  text
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

export const snake = (name) =>
  name
    .replace(/^_+/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();

/** What the Python side makes of a name on its way to the wire (`camel` in python/src/carrel/_wire.py). */
export const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

export const classOf = (schema) => RENAMED[schema] ?? schema;
export const better = (name) => BETTER[name] ?? name;

/** A field of a model, which must not be named as something of the model itself is. */
export const fieldOf = (name) => (KEYWORDS.has(snake(name)) || TAKEN.has(snake(name)) ? `${snake(name)}_` : snake(name));

/** What one of several is called: `logins`, `login`. */
export const singular = (name) => name.replace(/s$/, '');

/** @param {string} text in which fields have their names on the wire */
export const docstring = (text, indent) => {
  const named = text.replace(/`([a-z]+[A-Z]\w*)`/g, (_, name) => `\`${snake(name)}\``);
  const quoted = named.endsWith('"') ? `${named} ` : named;
  return `${indent}${text.includes('\\') ? 'r' : ''}"""${quoted}"""\n`;
};
