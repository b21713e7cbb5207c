import { type Handler } from './action-context.js';
export declare const click: Handler<'click'>;
export declare const doubleClick: Handler<'doubleClick'>;
export declare const hover: Handler<'hover'>;
export declare const drag: Handler<'drag'>;
//# sourceMappingURL=pointer.d.ts.map