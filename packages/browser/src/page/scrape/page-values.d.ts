/** Where a value is on the page. */
export type Plan = {
    kind: 'text';
    selector?: string;
    attribute?: string;
}
/** Whether the selector matches, or the attribute is there. */
 | {
    kind: 'presence';
    selector?: string;
    attribute?: string;
} | {
    kind: 'list';
    selector: string;
    item: Plan;
} | {
    kind: 'record';
    selector?: string;
    fields: [name: string, plan: Plan][];
};
/** What was found: texts, in the shape of the plan; a record is a list of its names and values. */
export type Found = string | boolean | null | Found[] | {
    entries: [name: string, value: Found][];
};
export interface PageValues {
    value: Found;
    /** The selector that is not CSS, if one is not. */
    badSelector?: string;
    /** There was more than may be taken. */
    isTooMuch: boolean;
}
/** Runs in the page, in an isolated world. */
export declare function readValues({ plan, maxItems, maxChars }: {
    plan: Plan;
    maxItems: number;
    maxChars: number;
}): PageValues;
//# sourceMappingURL=page-values.d.ts.map