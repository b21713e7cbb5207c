import type { Model } from '@carrel/agent';
import { CarrelError, modelName } from '@carrel/protocol';
import type { Store } from '../../store/index.js';

export interface ModelsOptions {
  /** @throws {CarrelError} `model_not_configured` */
  readonly open: (name: string) => Model;
  readonly store: Pick<Store, 'projects'>;
  /** What is asked when neither the call nor the project says. */
  readonly defaultModel: string;
}

/** What Notte's clients send when their user names no model. */
const UNSAID = /^(gemini|vertex_ai)\/gemini-2\.5-flash$/;
/** Their names for providers that we call otherwise. */
const PROVIDERS: Readonly<Record<string, string>> = { gemini: 'google', vertex_ai: 'google' };

/** The models that agents are run with, by the names that Notte's clients have for them. */
export class Models {
  readonly #options: ModelsOptions;

  constructor(options: ModelsOptions) {
    this.#options = options;
  }

  /** That of the project, or of the server. @throws {CarrelError} `model_not_configured` */
  async default(projectId: string): Promise<Model> {
    const { open, store, defaultModel } = this.#options;
    return open((await store.projects.get(projectId))?.model ?? defaultModel);
  }

  /** @param name as clients send it @throws {CarrelError} `model_not_configured` when the server does not have the one that is named */
  async named(projectId: string, name: string | null | undefined): Promise<Model> {
    if (!name || UNSAID.test(name)) return await this.default(projectId);
    const [provider = '', ...rest] = name.split('/');
    const own = [PROVIDERS[provider] ?? provider, ...rest].join('/');
    if (modelName.safeParse(own).success) return this.#options.open(own);
    throw new CarrelError('model_not_configured', `This server does not know the model ${name}: name none for its own.`, {
      details: { model: name },
    });
  }
}
