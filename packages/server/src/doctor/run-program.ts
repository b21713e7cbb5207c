import { execFile } from 'node:child_process';

const TIMEOUT_MS = 15_000;
/** nobody: a user without any rights, for trying out what an unprivileged browser may do. */
const UNPRIVILEGED_ID = 65_534;

export type ProgramResult = { ran: true; stdout: string } | { ran: false; isMissing: boolean; reason: string };

/** Runs a program to its end, unprivileged even as root, and says how it went; it never throws. */
export function runUnprivileged(file: string, args: readonly string[]): Promise<ProgramResult> {
  const isRoot = process.getuid?.() === 0;
  const account = isRoot ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};
  return new Promise((resolve) => {
    execFile(file, args, { ...account, cwd: '/', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (!error) return resolve({ ran: true, stdout: stdout.trim() });
      const isMissing = error.code === 'ENOENT';
      resolve({ ran: false, isMissing, reason: stderr.trim().split('\n')[0] || error.message });
    });
  });
}
