import { ActionFailed, type Handler } from './action-context.js';
export declare const goto: Handler<'goto'>;
export declare const reload: Handler<'reload'>;
export declare const back: Handler<'back'>;
export declare const forward: Handler<'forward'>;
/** The tab is open and active already; what is left is to go somewhere. */
export declare const newTab: Handler<'newTab'>;
export declare const switchTab: Handler<'switchTab'>;
export declare const closeTab: Handler<'closeTab'>;
/** What a navigation that failed for another reason says. */
export declare const navigationFailed: (error: unknown) => ActionFailed;
//# sourceMappingURL=navigation.d.ts.map