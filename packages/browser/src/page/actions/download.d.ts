import { type Handler } from './action-context.js';
export declare const download: Handler<'download'>;
//# sourceMappingURL=download.d.ts.map