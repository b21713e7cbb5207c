/** What becomes of one command of a client. */
export type Verdict = {
    kind: 'pass';
}
/** Forward it with these parameters instead. */
 | {
    kind: 'rewrite';
    params: Record<string, unknown>;
}
/** Answer with success without asking Chromium. */
 | {
    kind: 'answer';
}
/** Answer with an error: that there is no such command, or that it may not be used so. */
 | {
    kind: 'unknown' | 'refuse';
    message: string;
}
/** Answer with success and end this client's connection; the browser lives on. */
 | {
    kind: 'leave';
};
/** The directories of the browser that commands may speak of, as absolute paths. */
export interface Whereabouts {
    /** Where its downloads go, whoever asks. */
    downloadPath?: string | undefined;
    /** Where the files are that were put into it; no others can be given to a page. */
    uploadPath?: string | undefined;
    /** Says why no further tab may be opened, if so. */
    refuseTab?: (() => string | undefined) | undefined;
}
export type Params = Readonly<Record<string, unknown>>;
/** A command that is not simply passed on. */
export interface Decision {
    outcome: 'refused' | 'limited';
    /** For people, in the documentation: why, or how far. Begins in lower case and has no full stop. */
    reason: string;
    judge(method: string, params: Params, whereabouts: Whereabouts): Verdict;
}
/** What is decided about the commands of one domain of Chromium's protocol, each by its name. */
export interface DomainPolicy {
    /** The names of those that are passed on as they are, separated by white space. */
    passes?: string;
    decided?: Readonly<Record<string, Decision>>;
}
export declare const PASS: Verdict;
export declare const refusal: (method: string, reason: string) => Verdict;
export declare const refused: (reason: string) => Decision;
export declare const limited: (reason: string, judge: Decision["judge"]) => Decision;
/** Refuses all of these for one reason. */
export declare const allRefused: (names: string, reason: string) => Record<string, Decision>;
//# sourceMappingURL=decision.d.ts.map