import type { ActionResult, Json, Observation } from '@carrel/protocol';

/** What decides what an agent does next: a language model, or the built-in rules. One call a step. */
export interface Model {
  /** `builtin`, or the provider and its model, e.g. `openai/gpt-5`. */
  readonly name: string;
  /** Whether it understands pictures: then it is shown one of the page at each step. */
  readonly seesPictures: boolean;
  /**
   * @param signal ends the call
   * @throws {ModelError}
   */
  decide(request: ModelRequest, signal: AbortSignal): Promise<Decision>;
}

/** What a model is asked. Models that read text are given `system` and the text of the rest; all of it is in both forms the same. */
export interface ModelRequest {
  /** What the turn is about and the rules for it, in words. */
  readonly system: string;
  /** The same, in parts. */
  readonly brief: Brief;
  /** What was done before in this turn, oldest first. What the page looked like then is not in it: the newest look replaces the older. */
  readonly history: readonly PastStep[];
  /** What there is to see now; null: the page could not be looked at, and the notice says why. */
  readonly view: PageView | null;
  readonly tools: readonly ToolDefinition[];
  /** It must answer now, by the tool `done`, from what it knows. */
  readonly mustFinish: boolean;
  /** What Carrel has to say before this step, in its own words: that the turn goes in circles, why the page cannot be looked at. */
  readonly notice: string | null;
  /** Made anew for each turn and unknown to pages: encloses what comes of them, wherever a model reads it. `system` says so. */
  readonly marker: string;
}

/** What a turn is about. */
export interface Brief {
  readonly task: string;
  readonly startUrl: string | null;
  /** What the result is to be valid against; null: text. */
  readonly schema: Record<string, Json> | null;
  readonly allowedDomains: readonly string[] | null;
  /** The result of the last completed turn of the conversation. */
  readonly previousContext: string | null;
  readonly previousError: readonly string[];
  readonly credentials: readonly CredentialAlias[];
  /** Today, as `2026-11-22`. */
  readonly today: string;
  readonly canAskHuman: boolean;
}

/** A login that the agent may have filled in, by its name. */
export interface CredentialAlias {
  readonly alias: string;
  readonly domain: string;
  /** Where it may be filled in. */
  readonly origins: readonly string[];
  readonly includeSubdomains: boolean;
  /** `username`, `password`, `totp`, and names of further fields. */
  readonly fields: readonly string[];
}

/** The page, as an agent sees it: secrets are taken out. */
export interface PageView {
  readonly observation: Observation;
  /** The part of the snapshot that is shown. */
  readonly text: string;
  /** Which part of how many, from 1. */
  readonly part: number;
  readonly parts: number;
}

export interface PastStep {
  readonly n: number;
  /** What the model said beside its calls. */
  readonly thought: string;
  readonly calls: readonly { readonly call: ToolCall; readonly result: ToolResult }[];
}

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its input. */
  readonly input: Record<string, Json>;
}

export interface ToolCall {
  /** Unlike any other of the turn. */
  readonly id: string;
  readonly name: string;
  readonly input: Record<string, Json>;
}

export interface ToolResult {
  readonly success: boolean;
  /** What the model reads. */
  readonly text: string;
  /** What the log and the summary of the step say instead, where the text is for the model alone. */
  readonly publicText?: string;
  /** What an action on the page did. */
  readonly action?: ActionResult;
  /** A picture that it asked for, as a data URL's parts. */
  readonly picture?: { readonly base64: string; readonly mimeType: string };
}

export interface Decision {
  /** What it said beside its calls. */
  readonly thought: string;
  readonly calls: readonly ToolCall[];
  /** Null: nobody knows, since its server does not say. */
  readonly usage: { readonly inputTokens: number; readonly cachedInputTokens: number; readonly outputTokens: number } | null;
}

/** Why a model did not decide. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  /** `unavailable`: another model may answer. `required`: only the built-in model says so: this is beyond it. */
  readonly kind: 'unavailable' | 'refused' | 'required';
  /** When to ask the same model again, as far as it said so (0: soon); null: it would not help. */
  readonly retryAfterMs: number | null;

  constructor(
    kind: 'unavailable' | 'refused' | 'required',
    message: string,
    { cause, retryAfterMs = null }: { cause?: unknown; retryAfterMs?: number | null } = {},
  ) {
    super(message, { cause });
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}
