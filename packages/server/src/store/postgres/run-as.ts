import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { CarrelError } from '@carrel/protocol';

const execute = promisify(execFile);
const COMMAND_TIMEOUT_MS = 120_000;

/** Names of accounts that Postgres may run under when the server is root, which Postgres refuses to be. */
const ACCOUNTS = ['nobody', 'postgres'];

/** How to start a program of Postgres: as which user, and whether it can be told to end when this process does. */
export interface RunAs {
  /** Null: as ourselves. */
  readonly account: { readonly uid: number; readonly gid: number } | null;
  /** `setpriv` of util-linux works here: it ties the life of a child to ours, even when we are killed with SIGKILL. */
  readonly hasSetpriv: boolean;
}

/** What `spawn` and `execFile` take. */
export interface Command {
  readonly file: string;
  readonly args: string[];
  readonly options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly uid?: number; readonly gid?: number };
}

/**
 * Decides under which user Postgres runs. A cluster that exists decides by its owner.
 *
 * @throws CarrelError `internal` when there is no user that Postgres could run under.
 */
export async function chooseRunAs(clusterDir: string): Promise<RunAs> {
  const isRoot = process.getuid?.() === 0;
  const account = isRoot ? ((await ownerOf(clusterDir)) ?? (await unprivilegedAccount())) : null;
  if (!isRoot) assertNamedUser();
  return { account, hasSetpriv: await setprivWorks(account) };
}

/** The command that runs `file` as `runAs` says. Nothing of our environment, which holds secrets, is handed on. */
export function commandAs(runAs: RunAs, file: string, args: readonly string[], cwd: string): Command {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  const { account } = runAs;
  if (runAs.hasSetpriv) return { file: 'setpriv', args: [...setprivArgs(account), file, ...args], options: { cwd, env } };
  // The child changes to `cwd` before it drops its rights, so that a directory below a 0700 parent can be reached.
  return { file, args: [...args], options: { cwd, env, ...account } };
}

/** Runs a program of Postgres to its end and gives its output. */
export async function runToEnd(command: Command, signal?: AbortSignal): Promise<string> {
  const { stdout } = await execute(command.file, command.args, { ...command.options, signal, timeout: COMMAND_TIMEOUT_MS });
  return stdout;
}

async function ownerOf(directory: string): Promise<RunAs['account']> {
  try {
    const { uid, gid } = await stat(directory);
    return uid === 0 ? null : { uid, gid };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

async function unprivilegedAccount(): Promise<NonNullable<RunAs['account']>> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ACCOUNTS) {
    const line = lines.find(([first]) => first === name);
    if (line !== undefined) return { uid: Number(line[2]), gid: Number(line[3]) };
  }
  throw new CarrelError(
    'internal',
    `The server runs as root, Postgres cannot, and there is no account named ${ACCOUNTS.join(' or ')} to run it under. ` +
      'Run the server as another user, or give it a database with DATABASE_URL.',
  );
}

/** Postgres asks for the name of its user and cannot do without. */
function assertNamedUser(): void {
  try {
    userInfo();
  } catch (cause) {
    throw new CarrelError(
      'internal',
      `The user with the id ${process.getuid?.()} has no name on this machine, without which Postgres does not start. ` +
        'Run the server as a user of /etc/passwd, or give it a database with DATABASE_URL.',
      { cause },
    );
  }
}

function setprivArgs(account: RunAs['account']): string[] {
  const drop = account === null ? [] : ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  return [...drop, '--no-new-privs', '--pdeathsig', 'INT'];
}

async function setprivWorks(account: RunAs['account']): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    await execute('setpriv', [...setprivArgs(account), 'true'], { cwd: '/', timeout: COMMAND_TIMEOUT_MS });
    return true;
  } catch {
    return false; // not installed, or an old or smaller one; spawn() itself can drop the rights, and a successor takes orphans over
  }
}
