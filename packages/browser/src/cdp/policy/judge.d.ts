import { type Verdict, type Whereabouts } from './decision.js';
/** Decides on a command of a client. What the table does not name is refused: nobody has thought about what it could do. */
export declare function judge(method: string, params: unknown, whereabouts: Whereabouts): Verdict;
//# sourceMappingURL=judge.d.ts.map