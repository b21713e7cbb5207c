import { type ShopAnswer, type ShopRequest } from '../http.js';
import { type Visits } from '../visits.js';
export declare const loginPage: ({ query, visit }: ShopRequest) => ShopAnswer;
export declare const signIn: ({ form: fields, visit }: ShopRequest, visits: Visits) => ShopAnswer;
export declare const signOut: ({ visit }: ShopRequest, visits: Visits) => ShopAnswer;
//# sourceMappingURL=account.d.ts.map