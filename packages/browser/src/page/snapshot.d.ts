import type { PageElement } from '@carrel/protocol';
import type { Page } from 'playwright-core';
import type { CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import { type Box } from './field-survey.js';
import type { SeenElement, TabState } from './tab.js';
/** A node of Playwright's accessibility snapshot (the form is documented at `locator.ariaSnapshotJSON`). */
export interface SnapshotNode {
    role: string;
    name?: string;
    text?: string;
    children?: (SnapshotNode | string)[];
    ref?: string;
    cursor?: string;
    checked?: boolean | 'mixed';
    disabled?: boolean;
    expanded?: boolean;
    active?: boolean;
    invalid?: boolean | string;
    level?: number;
    pressed?: boolean | 'mixed';
    selected?: boolean;
    url?: string;
    placeholder?: string;
    box?: Box;
}
export interface Snapshot {
    nodes: (SnapshotNode | string)[];
    /** The interactive elements, in document order. */
    elements: PageElement[];
    /** Every element that has a ref, interactive or not. */
    seen: Map<string, SeenElement>;
}
export interface Sight {
    session: CdpSession;
    tab: TabState;
    page: Page;
    deadline: Deadline;
    signal: AbortSignal;
}
/** Sees the page: its accessibility tree, frames and open shadow roots included, and everything that can be acted on. */
export declare function takeSnapshot({ session, tab, page, deadline, signal }: Sight): Promise<Snapshot>;
//# sourceMappingURL=snapshot.d.ts.map