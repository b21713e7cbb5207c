import { BROWSER } from './domains/browser.js';
import { INSPECTION } from './domains/inspection.js';
import { NETWORK } from './domains/network.js';
import { PAGE } from './domains/page.js';
/** Every domain of Chromium's protocol, in both kinds of browser; a test compares it with what Chromium itself says. */
const DOMAINS = { ...BROWSER, ...PAGE, ...NETWORK, ...INSPECTION };
const TABLE = new Map();
for (const [domain, { passes = '', decided = {} }] of Object.entries(DOMAINS)) {
    for (const name of passes.split(/\s+/).filter((word) => word !== ''))
        TABLE.set(`${domain}.${name}`, 'pass');
    for (const [name, decision] of Object.entries(decided))
        TABLE.set(`${domain}.${name}`, decision);
}
/** What is decided about a command; undefined: nothing, because it is not known. */
export const findDecision = (method) => TABLE.get(method);
/** All that is decided, by the name of the command. */
export const decisions = () => TABLE;
//# sourceMappingURL=table.js.map