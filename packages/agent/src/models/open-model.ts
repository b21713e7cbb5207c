import { CarrelError } from '@carrel/protocol';
import type { LanguageModel as ProviderModel } from 'ai';
import type { Model } from '../model.js';

const ANSWER_MS = 120_000;

/** What models are reached with: from the settings and nowhere else. */
export interface ModelAccess {
  readonly openaiApiKey?: string | undefined;
  readonly anthropicApiKey?: string | undefined;
  readonly googleApiKey?: string | undefined;
  /** Of `openai-compatible/…`, e.g. `http://127.0.0.1:11434/v1`. */
  readonly baseUrl?: string | undefined;
  /** Of `openai-compatible/…`, where it wants one. */
  readonly apiKey?: string | undefined;
  /** Models that are not shown pictures. */
  readonly withoutVision: readonly string[];
  /** How long one answer may take. Default: 2 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Other places of the providers' APIs, as their own clients take them. */
  readonly openaiBaseUrl?: string | undefined;
  readonly anthropicBaseUrl?: string | undefined;
  readonly googleBaseUrl?: string | undefined;
}

/**
 * A language model by its name, `provider/model`. What reaches it is loaded when it is first asked: a server that asks none does without.
 * @throws {CarrelError} `model_not_configured` when its key or URL is not set
 */
export function openModel(name: string, access: ModelAccess): Model {
  const [provider = '', ...rest] = name.split('/');
  const secrets = [access.openaiApiKey, access.anthropicApiKey, access.googleApiKey, access.apiKey];
  const connect = providerModel(name, provider, rest.join('/'), access);
  const seesPictures = !access.withoutVision.includes(name);
  const load = async (): Promise<Model> => {
    const [{ LanguageModel }, reached] = await Promise.all([import('./language-model.js'), connect()]);
    const timeoutMs = access.timeoutMs ?? ANSWER_MS;
    return new LanguageModel({ name, provider: reached, seesPictures, timeoutMs, secrets: secrets.flatMap((secret) => secret || []) });
  };
  let loaded: Promise<Model> | undefined;
  return {
    name,
    seesPictures,
    decide: async (request, signal) => {
      loaded ??= load();
      return (await loaded).decide(request, signal);
    },
  };
}

function providerModel(name: string, provider: string, id: string, access: ModelAccess): () => Promise<ProviderModel> {
  const needed = (value: string | undefined, setting: string): string => {
    if (value !== undefined) return value;
    throw new CarrelError('model_not_configured', `The server has no ${setting}, which ${name} needs: set it, or name another model.`, {
      details: { model: name },
    });
  };
  switch (provider) {
    case 'openai': {
      const options = { apiKey: needed(access.openaiApiKey, 'OPENAI_API_KEY'), baseURL: access.openaiBaseUrl };
      return async () => (await import('@ai-sdk/openai')).createOpenAI(options).chat(id);
    }
    case 'anthropic': {
      const options = { apiKey: needed(access.anthropicApiKey, 'ANTHROPIC_API_KEY'), baseURL: access.anthropicBaseUrl };
      return async () => (await import('@ai-sdk/anthropic')).createAnthropic(options)(id);
    }
    case 'google': {
      const options = { apiKey: needed(access.googleApiKey, 'GOOGLE_GENERATIVE_AI_API_KEY'), baseURL: access.googleBaseUrl };
      return async () => (await import('@ai-sdk/google')).createGoogleGenerativeAI(options)(id);
    }
    case 'openai-compatible': {
      const baseURL = needed(access.baseUrl, 'CARREL_MODEL_BASE_URL');
      const options = { name: 'openai-compatible', baseURL, apiKey: access.apiKey, includeUsage: true };
      return async () => (await import('@ai-sdk/openai-compatible')).createOpenAICompatible(options).chatModel(id);
    }
    default:
      throw new CarrelError('model_not_configured', `${name} is no language model that this server knows.`, { details: { model: name } });
  }
}
