import { ProcessIsolation } from './process.js';
import { SandboxIsolation, trySandbox } from './sandbox/index.js';
const NOT_WANTED = 'The operator wants no sandbox (CARREL_MAX_ISOLATION=process).';
/**
 * The strongest isolation that this machine can do, found out by trying. Where that is not a sandbox, `reasons` says why.
 * @throws {CarrelError} `launch_failed` when not even processes can be kept apart
 */
export async function chooseIsolation({ maxLevel = 'sandbox', ...options }) {
    if (maxLevel === 'process')
        return await ProcessIsolation.create({ ...options, reasons: [NOT_WANTED] });
    const tools = await trySandbox();
    if ('reason' in tools)
        return await ProcessIsolation.create({ ...options, reasons: [`${tools.reason} ${tools.mend}.`] });
    return await SandboxIsolation.create(options, tools);
}
//# sourceMappingURL=choose.js.map