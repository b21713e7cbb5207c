/**
 * What becomes of a command of a client. Everything that is not named here passes as it is.
 */
export type Verdict =
  | { kind: 'pass' }
  /** Forward it with these parameters instead. */
  | { kind: 'rewrite'; params: Record<string, unknown> }
  /** Answer with success without asking Chromium. */
  | { kind: 'answer' }
  /** Answer with an error. */
  | { kind: 'refuse'; message: string }
  /** Answer with success and end this client's connection; the browser lives on. */
  | { kind: 'leave' };

const PASS: Verdict = { kind: 'pass' };

/** Commands that end or damage the whole browser, open ports, or hand the protocol to somebody the multiplexer does not know. */
const REFUSED: Readonly<Record<string, string>> = {
  'Browser.crash': 'it would crash the browser; close it over the API instead',
  'Browser.crashGpuProcess': 'it would crash the GPU process of the browser',
  'Target.exposeDevToolsProtocol': 'it would give a page a debugging connection that nobody can see',
  'Target.setRemoteLocations': 'it would make the browser connect elsewhere',
  'Tethering.bind': 'it would open a port on the host',
  'Tethering.unbind': 'ports of the host are not for clients',
};

/**
 * Decides on a command. `downloadPath` is where the browser's downloads go, whoever asks: a path of the client's machine means nothing
 * here, and the last client to set one would take the downloads away from all others.
 */
export function judge(method: string, params: unknown, downloadPath: string | undefined): Verdict {
  const reason = REFUSED[method];
  if (reason !== undefined && Object.hasOwn(REFUSED, method)) return { kind: 'refuse', message: `Carrel refuses ${method}: ${reason}.` };
  if (method === 'Browser.close') return { kind: 'leave' };
  if (method === 'Browser.setDownloadBehavior' && downloadPath !== undefined) return judgeDownloadBehavior(params, downloadPath);
  if (method === 'Page.setDownloadBehavior' && downloadPath !== undefined) return judgePageDownloads(params);
  if (method === 'Target.sendMessageToTarget') return judgeTunnel(params, downloadPath);
  return PASS;
}

function judgeDownloadBehavior(params: unknown, downloadPath: string): Verdict {
  if (typeof params !== 'object' || params === null) return PASS;
  const { behavior } = params as { behavior?: unknown };
  if (behavior === 'deny') return PASS;
  return { kind: 'rewrite', params: { ...params, behavior: 'allowAndName', downloadPath } };
}

/** The older command knows no names by GUID: what it allows is allowed already, so that there is nothing to forward. */
function judgePageDownloads(params: unknown): Verdict {
  return (params as { behavior?: unknown } | undefined)?.behavior === 'deny' ? PASS : { kind: 'answer' };
}

/** Sessions without `flatten` carry their commands as text inside `Target.sendMessageToTarget`: the same rules hold there. */
function judgeTunnel(params: unknown, downloadPath: string | undefined): Verdict {
  const inner = (params as { message?: unknown } | undefined)?.message;
  if (typeof inner !== 'string') return PASS;
  try {
    const { method, params: innerParams } = JSON.parse(inner) as { method?: unknown; params?: unknown };
    if (typeof method !== 'string') return PASS;
    const verdict = judge(method, innerParams, downloadPath);
    if (verdict.kind === 'pass') return PASS;
    return { kind: 'refuse', message: `Carrel refuses ${method} inside Target.sendMessageToTarget: attach with flatten: true.` };
  } catch {
    return { kind: 'refuse', message: 'The message inside Target.sendMessageToTarget is not JSON.' };
  }
}
