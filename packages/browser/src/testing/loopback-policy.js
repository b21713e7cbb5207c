import { EgressPolicy, parseAllowance } from '../egress/index.js';
/** Allowances from how an operator writes them. */
export function allowances(...texts) {
    return texts.map((text) => {
        const allowance = parseAllowance(text);
        if (allowance === undefined)
            throw new Error(`${text} is no allowance`);
        return allowance;
    });
}
/** Lets browsers reach the sites that tests have on this machine. */
export const loopbackPolicy = (options = {}) => new EgressPolicy({ ...options, allowances: allowances('127.0.0.0/8', '::1') });
//# sourceMappingURL=loopback-policy.js.map