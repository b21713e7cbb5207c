/** An action that could not be done, with what the caller is told. */
export class ActionFailed extends Error {
    name = 'ActionFailed';
    failure;
    constructor(failure, message, cause) {
        super(message, { cause });
        this.failure = failure;
    }
}
/** Options that every waiting call of Playwright takes. */
export const waiting = ({ deadline, signal }) => ({ timeout: deadline.remainingOrOneMs, signal });
//# sourceMappingURL=action-context.js.map