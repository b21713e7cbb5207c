import { type Handler } from './action-context.js';
/** Answers the dialog of a tab, and waits until it is gone or the next one has taken its place. */
export declare const dialog: Handler<'dialog'>;
//# sourceMappingURL=dialog.d.ts.map