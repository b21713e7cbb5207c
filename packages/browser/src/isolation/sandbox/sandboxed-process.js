import { once } from 'node:events';
import { Server } from 'node:net';
import { constants } from 'node:os';
import { CarrelError } from '@carrel/protocol';
import { ChromiumProcess, killTree } from '../../chromium/index.js';
import { EgressListener } from '../egress-listener.js';
import { bubblewrapArguments } from './bubblewrap.js';
import { LAUNCHER_COMPLAINT, LAUNCHER_FAILED, launcherArguments } from './launcher.js';
import { NamespaceInit } from './namespace-init.js';
import { seccompFilter } from './seccomp.js';
const CHANNEL_FD = 5;
const INFO_FD = 6;
const START_DEADLINE_MS = 10_000;
const END_DEADLINE_MS = 5_000;
/** A program in a sandbox of its own, and the connections that it makes to its proxy. */
export class SandboxedProcess {
    process;
    /** How the program ended, not what walls it in. Never rejects. */
    exited;
    /** The first process of the pid namespace: all others end with it. */
    init;
    #listener;
    #uid;
    constructor(process, init, listener, uid) {
        this.process = process;
        this.init = init;
        this.#listener = listener;
        this.#uid = uid;
        this.exited = process.exited.then(asOfTheProgram);
    }
    /**
     * Resolves when the walls stand; the program has only begun to start then.
     * @throws {CarrelError} `launch_failed` when they cannot be built
     */
    static async start(spec) {
        const { tools, uid } = spec;
        const { args, data } = bubblewrapArguments({
            view: spec.view,
            directories: spec.directories,
            environment: spec.environment,
            files: spec.files ?? {},
            infoFd: INFO_FD,
            temporaryBytes: spec.limits.temporaryBytes,
            sharedMemoryBytes: spec.limits.sharedMemoryBytes,
            seccompFilter: seccompFilter(tools.architecture),
            args: spec.args,
        });
        const launching = await ChromiumProcess.spawn({
            command: tools.perl,
            args: launcherArguments({
                architecture: tools.architecture,
                parentPid: process.pid,
                channelFd: CHANNEL_FD,
                infoFd: INFO_FD,
                uid,
                maxFileBytes: spec.limits.maxFileBytes,
                maxTasks: spec.limits.maxTasks,
                cgroupFiles: spec.cgroupFiles,
                data,
                command: [tools.bubblewrap, ...args],
            }),
            cwd: '/',
            env: {},
            moreStdio: ['ipc', 'pipe'],
        });
        const ended = new AbortController();
        // The first to come of both, the end and the deadline; the last words are what says why.
        void launching.exited.then(() => ended.abort());
        const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(START_DEADLINE_MS)]);
        const handedOver = listenerOf(launching, spec.acceptEgress, signal);
        try {
            const [listener, init] = await Promise.all([handedOver, initOf(launching, signal)]);
            return new SandboxedProcess(launching, init, listener, uid);
        }
        catch (cause) {
            await killTree(launching.pid, uid);
            await handedOver.then((listener) => listener.close()).catch(() => { }); // it never came: that is told below
            throw whyNot(await launching.exited, cause);
        }
    }
    /** Ends everything in the sandbox at once and resolves when nothing of it is left. May be called more than once. */
    async kill() {
        this.#listener.close();
        // The kernel ends a pid namespace as a whole: when its first process is gone, so is whatever ran there, however it tried to get away.
        try {
            await this.init.kill(END_DEADLINE_MS);
        }
        finally {
            await killTree(this.process.pid, this.#uid);
        }
    }
}
async function listenerOf({ child }, accept, signal) {
    const [, server] = (await once(child, 'message', { signal }));
    if (!(server instanceof Server))
        throw new Error('the launcher sent something else than a listening socket');
    return EgressListener.adopt(server, accept);
}
/**
 * bubblewrap writes a JSON object with `child-pid`, then more or less, depending on its version. It is read to its end: bubblewrap would be
 * ended by SIGPIPE in the middle of it, and leave a child behind that waits for it.
 */
async function initOf({ child }, signal) {
    const info = child.stdio[INFO_FD];
    signal.addEventListener('abort', () => info.destroy(), { once: true });
    let text = '';
    for await (const chunk of info.setEncoding('utf8'))
        text += chunk;
    const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1];
    if (pid === undefined)
        throw new Error('bubblewrap ended before it said what it had started');
    return NamespaceInit.of(Number(pid));
}
function whyNot(exit, cause) {
    const words = exit.stderr.trim();
    const said = words === '' ? String(cause) : words.split('\n').slice(-3).join(' ');
    const who = exit.code === LAUNCHER_FAILED && words.startsWith(LAUNCHER_COMPLAINT) ? '' : 'bubblewrap: ';
    return new CarrelError('launch_failed', `The sandbox could not be built: ${who}${said}`, {
        cause,
        details: { exitCode: exit.code, signal: exit.signal },
    });
}
/** bubblewrap tells of a program that was ended by a signal as shells do, by 128 plus its number. */
function asOfTheProgram(exit) {
    if (exit.code === null || exit.code <= 128)
        return exit;
    const number = exit.code - 128;
    const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
    return signal === undefined ? exit : { ...exit, code: null, signal };
}
//# sourceMappingURL=sandboxed-process.js.map