import { type ShopAnswer, type ShopRequest } from '../http.js';
import type { Order, Visits } from '../visits.js';
export declare const cartPage: ({ visit }: ShopRequest) => ShopAnswer;
export declare const checkoutPage: ({ visit }: ShopRequest) => ShopAnswer;
export declare const placeOrder: ({ form: fields, visit }: ShopRequest, visits: Visits) => ShopAnswer;
export declare const orderPage: (order: Order, { visit }: ShopRequest) => ShopAnswer;
//# sourceMappingURL=buying.d.ts.map