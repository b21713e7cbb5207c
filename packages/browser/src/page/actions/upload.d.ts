import { type Handler } from './action-context.js';
export declare const upload: Handler<'upload'>;
//# sourceMappingURL=upload.d.ts.map