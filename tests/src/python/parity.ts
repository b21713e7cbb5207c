import { type Surface, snake } from './typescript-surface.js';

/** What has another name in Python, since the one that it would have is taken there. */
const RENAMED: Readonly<Record<string, string>> = { 'profiles.import': 'profiles.import_' };

/** What one of the two does not have, and why. What begins so, too. */
const ONLY_IN_TYPESCRIPT: Readonly<Record<string, string>> = {
  'dashboard.sign_in': 'sets a cookie, which is for web pages',
  'dashboard.sign_out': 'the same',
  'browser.to_json': 'keeps the secret out of logs: in Python repr() does',
};
const ONLY_IN_PYTHON: Readonly<Record<string, string>> = {
  Session: '`with client.Session()`, in the words of other clients: in TypeScript `await using browser = await client.browsers.open()`',
  close: 'httpx keeps connections; fetch needs no closing',
};

/** What methods take in TypeScript alone, wherever they do. */
const TAKEN_ONLY_IN_TYPESCRIPT: Readonly<Record<string, string>> = {
  signal: 'Python gives up by cancelling a task of asyncio, or by Ctrl-C',
};
/** The same the other way round. */
const TAKEN_ONLY_IN_PYTHON: Readonly<Record<string, string>> = {
  cursor: 'every list takes where to begin; in TypeScript the page() of some does',
};
/** Values of the first are named by the second: in Python times of the client are in seconds, as everywhere there. */
const TAKEN_AS: Readonly<Record<string, string>> = { silence_timeout_ms: 'silence_timeout' };

/** Types that Python writes otherwise, and how. */
const TYPES_ONLY_IN_TYPESCRIPT: Readonly<Record<string, string>> = {
  ActionOf: 'params has a class for each action',
  Bytes: 'bytes',
  CarrelOptions: 'parameters of Carrel()',
  EventsOptions: 'parameters of events()',
  Fetch: 'httpx.Client',
  KeepAliveOptions: 'a parameter of open()',
  PlainRequest: 'parameters of request()',
  ProfileExportOf: 'models.ProfileExport',
  RunOptions: 'parameters of run()',
  VerifyWebhookOptions: 'parameters of verify_webhook()',
  WaitOptions: 'parameters of wait()',
  WebhookHeaders: 'Mapping[str, str]',
  NetworkLogQuery: 'params.GetNetworkQuery',
  isCarrelError: '`except CarrelError as error`, and its code',
};
const RESOURCE =
  /^(ApiKeys|AuditEvents|BrowserCookies|BrowserFiles|BrowserTabs|Browsers|Dashboard|EndUser|EndUserCredentials|EndUsers|Events|MasterKey|Profiles|Projects|Recordings|Sessions|Tasks|Webhooks)$/;

/** The differences that nobody means, in sentences. */
export function differences(typescript: Surface, python: Surface): string[] {
  return [...membersMissing(typescript, python), ...argumentsMissing(typescript, python), ...exportsMissing(typescript, python)];
}

const nameInPython = (path: string) => RENAMED[path] ?? path;

function membersMissing(typescript: Surface, python: Surface): string[] {
  const wanted = new Set(Object.keys(typescript.members).map(nameInPython));
  const missing = Object.keys(typescript.members).filter(
    (path) => !(nameInPython(path) in python.members) && !(path in ONLY_IN_TYPESCRIPT),
  );
  const extra = Object.keys(python.members).filter((path) => !wanted.has(path) && !(path in ONLY_IN_PYTHON));
  const stale = [
    ...Object.keys(ONLY_IN_TYPESCRIPT).filter((path) => !(path in typescript.members) || path in python.members),
    ...Object.keys(ONLY_IN_PYTHON).filter((path) => !(path in python.members) || wanted.has(path)),
  ];
  return [
    ...missing.map((path) => `Python has no ${path}`),
    ...extra.map((path) => `TypeScript has no ${path}`),
    ...stale.map((path) => `${path} is said to differ, and does not`),
  ];
}

/** A time limit of the client is in seconds in Python; one of the contract stays as it is on the wire, and is in both. */
function argumentsInPython(names: readonly string[], taken: ReadonlySet<string>): string[] {
  return names
    .filter((name) => !(name in TAKEN_ONLY_IN_TYPESCRIPT))
    .flatMap((name) => {
      if (name !== 'timeout_ms') return [TAKEN_AS[name] ?? name];
      return taken.has('timeout_ms') ? ['timeout_ms', 'timeout'] : ['timeout'];
    });
}

function argumentsMissing(typescript: Surface, python: Surface): string[] {
  return Object.entries(typescript.members).flatMap(([path, names]) => {
    const taken = new Set((python.members[nameInPython(path)] ?? []).map((name) => name.replace(/_$/, '')));
    if (!(nameInPython(path) in python.members)) return [];
    const wanted = new Set(argumentsInPython(names, taken));
    return [
      ...[...wanted].filter((name) => !taken.has(name)).map((name) => `${path} takes no ${name} in Python`),
      ...[...taken]
        .filter((name) => !wanted.has(name) && !(name in TAKEN_ONLY_IN_PYTHON))
        .map((name) => `${path} takes no ${name} in TypeScript`),
    ];
  });
}

function exportsMissing(typescript: Surface, python: Surface): string[] {
  const there = new Set(python.exports);
  const missing = typescript.exports.filter((name) => !there.has(name) && !there.has(snake(name)) && !RESOURCE.test(name));
  return [
    ...missing.filter((name) => !(name in TYPES_ONLY_IN_TYPESCRIPT)).map((name) => `Python exports no ${name}`),
    ...Object.keys(TYPES_ONLY_IN_TYPESCRIPT)
      .filter((name) => !missing.includes(name))
      .map((name) => `${name} is said to be missing in Python, and is not`),
  ];
}
