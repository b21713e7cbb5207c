import { type Book } from '../books.js';
import type { ShopAnswer, ShopRequest } from '../http.js';
export declare const homePage: ({ visit }: ShopRequest) => ShopAnswer;
export declare const searchPage: ({ query, visit }: ShopRequest) => ShopAnswer;
export declare const bookPage: (book: Book, { visit }: ShopRequest) => ShopAnswer;
export declare const membersPage: ({ visit }: ShopRequest) => ShopAnswer;
export declare const aboutPage: ({ visit }: ShopRequest) => ShopAnswer;
//# sourceMappingURL=browse.d.ts.map