import { type Handler } from './action-context.js';
export declare const type: Handler<'type'>;
export declare const press: Handler<'press'>;
//# sourceMappingURL=keyboard.d.ts.map