import { text } from 'node:stream/consumers';
import { CarrelError } from '@carrel/protocol';
import { UidAllocator } from '../uids.js';
import type { SandboxTools } from './launcher.js';
import { SandboxedProcess } from './sandboxed-process.js';
import { type SyscallName, syscallNumber } from './syscalls.js';
import { systemViewOf } from './system-view.js';
import { findTools } from './tools.js';

/** Why this machine builds no sandboxes, and the command that mends it. */
export interface NoSandbox {
  reason: string;
  mend: string;
}

const TRIAL_DEADLINE_MS = 10_000;
const TRIAL_BYTES = 1024 * 1024;
const CLONE_NEWUSER_NEWPID_NEWNET = 0x1000_0000 | 0x2000_0000 | 0x4000_0000;
const SUCCESS = 'walls stand';

let trial: Promise<SandboxTools | NoSandbox> | undefined;

/** Builds one sandbox to see whether this machine can; what comes of it holds for the life of this process. */
export function trySandbox(): Promise<SandboxTools | NoSandbox> {
  trial ??= tryOut();
  return trial;
}

async function tryOut(): Promise<SandboxTools | NoSandbox> {
  const tools = await findTools();
  if ('reason' in tools) return tools;
  try {
    const said = await runInSandbox(tools);
    if (said === SUCCESS) return tools;
    return { reason: `In a sandbox, Chromium's own sandbox would not work: ${said}`, mend: HOW_TO_ALLOW };
  } catch (error) {
    return { reason: error instanceof CarrelError ? error.message : String(error), mend: HOW_TO_ALLOW };
  }
}

const HOW_TO_ALLOW =
  'Let unprivileged users make namespaces: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000, as far as the machine has these; in a container, also --security-opt seccomp=unconfined --security-opt systempaths=unconfined';

/** What the trial says: the walls round it stand when it runs at all, and it tries those that Chromium builds inside. */
async function runInSandbox(tools: SandboxTools): Promise<string> {
  const uids = await UidAllocator.create();
  const uid = uids?.take();
  const call = (name: SyscallName) => syscallNumber(name, tools.architecture);
  const script = `
    open(my $out, '>&=', 4);
    print $out syscall(${call('unshare')}, ${CLONE_NEWUSER_NEWPID_NEWNET}) == 0 ? '${SUCCESS}' : "making namespaces: $!";
  `;
  const sandboxed = await SandboxedProcess.start({
    tools,
    view: await systemViewOf(tools.perl),
    args: ['-e', script],
    environment: {},
    uid,
    limits: { temporaryBytes: TRIAL_BYTES, sharedMemoryBytes: TRIAL_BYTES, maxFileBytes: TRIAL_BYTES, maxTasks: 100 },
    cgroupFiles: [],
    acceptEgress: (socket) => socket.destroy(),
  });
  const giveUp = setTimeout(() => sandboxed.process.readable.destroy(new Error('the trial did not end')), TRIAL_DEADLINE_MS);
  try {
    const said = await text(sandboxed.process.readable);
    return said === '' ? (await sandboxed.exited).stderr.trim() : said;
  } finally {
    clearTimeout(giveUp);
    await sandboxed.kill();
    if (uid !== undefined) uids?.release(uid);
  }
}
