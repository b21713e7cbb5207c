import type { SetCredentialsRequest, StorageState } from '@carrel/sdk';
import { UsageError } from '../../exit-codes.js';

/**
 * The request that gives what a text holds: storageState, a list of cookies, or the request itself. What is in it is for the server to judge.
 *
 * @throws UsageError when it is none of these; it says nothing of what is in the text, which is secret
 */
export function toCredentials(text: string): SetCredentialsRequest {
  const json = parse(text.replace(/^\ufeff/, ''));
  if (Array.isArray(json)) return { cookies: json };
  if (typeof json !== 'object' || json === null) throw new UsageError('Credentials must be a JSON object, or a list of cookies.');
  const isStorageState = 'origins' in json && 'cookies' in json;
  return isStorageState ? { storageState: json as StorageState } : (json as SetCredentialsRequest);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of the parser quotes the text.
    throw new UsageError('This is not JSON. `carrel credentials set --help` says what can be given.');
  }
}
