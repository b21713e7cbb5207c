import { type Handler } from './action-context.js';
export declare const wait: Handler<'wait'>;
//# sourceMappingURL=waiting.d.ts.map