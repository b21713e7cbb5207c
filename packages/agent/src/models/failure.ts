import { APICallError, LoadAPIKeyError, LoadSettingError, UnsupportedFunctionalityError } from 'ai';
import { ModelError } from '../model.js';

const MAX_MESSAGE_CHARS = 500;

/**
 * What went wrong with a call, as the loop understands it. The cause is not kept: it holds the whole request, pages and all.
 * @param secrets taken out of what a provider says
 */
export function asModelError(error: unknown, model: string, secrets: readonly string[]): ModelError {
  if (error instanceof ModelError) return error;
  const said = (text: string) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '[key]'), text).slice(0, MAX_MESSAGE_CHARS);
  if (APICallError.isInstance(error)) return asCallError(error, model, said);
  if (error instanceof Error && error.name === 'TimeoutError')
    return new ModelError('unavailable', `${model} did not answer in time.`, { retryAfterMs: 0 });
  const mayRecover =
    !LoadAPIKeyError.isInstance(error) && !LoadSettingError.isInstance(error) && !UnsupportedFunctionalityError.isInstance(error);
  return new ModelError('unavailable', `${model} gave no answer that can be read: ${said(textOf(error))}`, {
    retryAfterMs: mayRecover ? 0 : null,
  });
}

function asCallError(
  { statusCode, message, responseBody = '', responseHeaders = {} }: APICallError,
  model: string,
  said: (text: string) => string,
): ModelError {
  if (statusCode === undefined) {
    return new ModelError('unavailable', `${model} cannot be reached: ${said(message)}`, { retryAfterMs: 0 });
  }
  if (statusCode < 300)
    return new ModelError('unavailable', `${model} gave no answer that can be read: ${said(message)}`, { retryAfterMs: 0 });
  if (statusCode === 401 || statusCode === 403) {
    return new ModelError('unavailable', `${model} does not take the key that is set for it (HTTP ${statusCode}).`);
  }
  if (/content_filter|content_policy|content_management_policy/.test(responseBody)) {
    return new ModelError('refused', `${model} refused the request: ${said(message)}`);
  }
  const isPassing = statusCode === 408 || statusCode === 409 || statusCode === 429 || statusCode >= 500;
  return new ModelError('unavailable', `${model} answered HTTP ${statusCode}: ${said(message)}`, {
    retryAfterMs: isPassing ? retryAfterMs(responseHeaders) : null,
  });
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-retry-after, and the milliseconds that some providers tell. */
function retryAfterMs({ 'retry-after-ms': exact = '', 'retry-after': text = '' }: Record<string, string>): number {
  const wait = exact.trim() !== '' ? Number(exact) : /^\s*[\d.]+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, Math.round(wait)) : 0;
}

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : JSON.stringify(error);
}
