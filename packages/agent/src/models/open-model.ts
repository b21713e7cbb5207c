import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { CarrelError } from '@carrel/protocol';
import type { LanguageModel as ProviderModel } from 'ai';
import type { Model } from '../model.js';
import { LanguageModel } from './language-model.js';

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
 * A language model by its name, `provider/model`.
 * @throws {CarrelError} `model_not_configured` when its key or URL is not set
 */
export function openModel(name: string, access: ModelAccess): Model {
  const [provider = '', ...rest] = name.split('/');
  const secrets = [access.openaiApiKey, access.anthropicApiKey, access.googleApiKey, access.apiKey];
  return new LanguageModel({
    name,
    provider: providerModel(name, provider, rest.join('/'), access),
    seesPictures: !access.withoutVision.includes(name),
    timeoutMs: access.timeoutMs ?? ANSWER_MS,
    secrets: secrets.flatMap((secret) => secret || []),
  });
}

function providerModel(name: string, provider: string, id: string, access: ModelAccess): ProviderModel {
  const needed = (value: string | undefined, setting: string): string => {
    if (value !== undefined) return value;
    throw new CarrelError('model_not_configured', `The server has no ${setting}, which ${name} needs: set it, or name another model.`, {
      details: { model: name },
    });
  };
  switch (provider) {
    case 'openai':
      return createOpenAI({ apiKey: needed(access.openaiApiKey, 'OPENAI_API_KEY'), baseURL: access.openaiBaseUrl }).chat(id);
    case 'anthropic':
      return createAnthropic({ apiKey: needed(access.anthropicApiKey, 'ANTHROPIC_API_KEY'), baseURL: access.anthropicBaseUrl })(id);
    case 'google':
      return createGoogleGenerativeAI({
        apiKey: needed(access.googleApiKey, 'GOOGLE_GENERATIVE_AI_API_KEY'),
        baseURL: access.googleBaseUrl,
      })(id);
    case 'openai-compatible':
      return createOpenAICompatible({
        name: 'openai-compatible',
        baseURL: needed(access.baseUrl, 'CARREL_MODEL_BASE_URL'),
        apiKey: access.apiKey,
        includeUsage: true,
      }).chatModel(id);
    default:
      throw new CarrelError('model_not_configured', `${name} is no language model that this server knows.`, { details: { model: name } });
  }
}
