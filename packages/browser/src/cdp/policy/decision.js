export const PASS = { kind: 'pass' };
export const refusal = (method, reason) => ({ kind: 'refuse', message: `Carrel refuses ${method}: ${reason}.` });
export const refused = (reason) => ({ outcome: 'refused', reason, judge: (method) => refusal(method, reason) });
export const limited = (reason, judge) => ({ outcome: 'limited', reason, judge });
/** Refuses all of these for one reason. */
export const allRefused = (names, reason) => Object.fromEntries(names.split(' ').map((name) => [name, refused(reason)]));
//# sourceMappingURL=decision.js.map