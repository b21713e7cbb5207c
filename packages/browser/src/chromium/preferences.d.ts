/** Puts the preferences into a user-data-dir that has none, as `uid`'s. */
export declare function writePreferences(userDataDir: string, uid: number | undefined): Promise<void>;
//# sourceMappingURL=preferences.d.ts.map