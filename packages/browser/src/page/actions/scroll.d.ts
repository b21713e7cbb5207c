import { type Handler } from './action-context.js';
export declare const scroll: Handler<'scroll'>;
//# sourceMappingURL=scroll.d.ts.map