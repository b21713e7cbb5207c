export { builtinModel } from './builtin/index.js';
export { runTurn } from './loop/run-turn.js';
export {
  type Brief,
  type CredentialAlias,
  type Decision,
  type Model,
  ModelError,
  type ModelRequest,
  type PageView,
  type PastStep,
  type ToolCall,
  type ToolDefinition,
  type ToolResult,
} from './model.js';
export { type ModelAccess, openModel } from './models/open-model.js';
export { type ModelPrices, priceOf } from './models/prices.js';
export { compileSchema, type ResultSchema } from './result/schema.js';
export { HumanTimeout, type ReadingOptions, TurnEnded, type TurnEvent, type TurnOptions, type TurnOutcome, type TurnPage } from './turn.js';
