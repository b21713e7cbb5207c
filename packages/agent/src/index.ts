export { builtinModel } from './builtin/index.js';
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
export { HumanTimeout, TurnEnded, type TurnEvent, type TurnOptions, type TurnOutcome, type TurnPage } from './turn.js';
