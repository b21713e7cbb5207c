import { type Handler } from './action-context.js';
export declare const fill: Handler<'fill'>;
export declare const select: Handler<'select'>;
export declare const check: Handler<'check'>;
export declare const uncheck: Handler<'uncheck'>;
//# sourceMappingURL=forms.d.ts.map