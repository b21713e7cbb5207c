/** Carrel for models: tools over the Model Context Protocol, on stdio and over HTTP. */
export { type McpOptions, mcpHttp, mcpOnStdio } from './serving.js';
