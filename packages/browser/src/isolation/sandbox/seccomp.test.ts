import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { inside, outside } from '../../testing/inside.js';
import { seccompFilter } from './seccomp.js';
import { type Architecture, isSupported, NEWEST_SYSCALL, type SyscallName, syscallNumber } from './syscalls.js';

const { EPERM, ENOSYS, EAFNOSUPPORT, EPROTONOSUPPORT, EFAULT, EINVAL, EBADF } = constants.errno;

function architecture(): Architecture {
  if (!isSupported(process.arch)) throw new Error(`there is no filter for ${process.arch}`);
  return process.arch;
}

/** Perl that makes system calls, each in a process of its own, and prints the number of the error of each, or 0. */
const calling = (calls: readonly (readonly [number: number, ...args: (number | string)[]])[]) =>
  calls
    .map(
      ([number, ...args]) =>
        `{ my ($type, $text, $path, $room) = ('user', 'carrel', '/', 'x' x 64); my $p = fork; if (!$p) { my $r = syscall(${[number, ...args].join(', ')}); print $r < 0 ? $! + 0 : 0, "\\n"; exit 0 } waitpid $p, 0 }`,
    )
    .join('\n');

const errnos = (text: string) => text.match(/^\d+$/gm)?.map(Number);
const numberOf = (name: SyscallName) => syscallNumber(name, architecture()) ?? -1;
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534 } : undefined;

/** Each with arguments with which it does no harm, and fails or works in a way that tells whether the kernel looked at it. */
const FORBIDDEN: readonly { name: SyscallName; args: (number | string)[] }[] = [
  { name: 'ptrace', args: [0, 0, 0, 0] }, // PTRACE_TRACEME
  { name: 'process_vm_readv', args: ['$$', 0, 0, 0, 0, 0] },
  { name: 'process_vm_writev', args: ['$$', 0, 0, 0, 0, 0] },
  { name: 'kcmp', args: ['$$', '$$', 0, 0, 0] },
  { name: 'pidfd_getfd', args: [-1, 0, 0] },
  { name: 'keyctl', args: [0, -3, 1] }, // KEYCTL_GET_KEYRING_ID of the session
  { name: 'add_key', args: ['$type', '$text', '$text', 1, -2] },
  { name: 'request_key', args: ['$type', '$text', 0, 0] },
  { name: 'mbind', args: [0, 0, 0, 0, 0, 0] },
  { name: 'set_mempolicy', args: [0, 0, 0] },
  { name: 'move_pages', args: [0, 0, 0, 0, 0, 0] },
  { name: 'name_to_handle_at', args: [-100, '$path', '$room', '$room', 0] },
];

describe('The filter of system calls', () => {
  it.each(FORBIDDEN)('should refuse $name, which the kernel lets everybody call', async ({ name, args }) => {
    const script = calling([[numberOf(name), ...args]]);
    expect(errnos(await outside(script, NOBODY))).not.toEqual([EPERM]);
    expect(errnos(await inside(script))).toEqual([EPERM]);
  });

  it('should refuse what only the privileged may do, to those too who are so in a namespace that they made', async () => {
    const privileged: SyscallName[] = [
      ...([
        'bpf',
        'perf_event_open',
        'mount',
        'umount2',
        'pivot_root',
        'move_mount',
        'fsopen',
        'fsmount',
        'open_tree',
        'mount_setattr',
      ] as const),
      ...([
        'setns',
        'open_by_handle_at',
        'kexec_load',
        'init_module',
        'finit_module',
        'delete_module',
        'reboot',
        'swapon',
        'quotactl',
      ] as const),
      ...(['syslog', 'settimeofday', 'clock_settime', 'sethostname', 'setdomainname', 'acct', 'fanotify_init'] as const),
    ];
    const userAndNetwork = 0x5000_0000;
    const becoming = `syscall(${numberOf('unshare')}, ${userAndNetwork}) == 0 or die "$!";`;
    const calls = calling(privileged.map((name) => [numberOf(name), 0, 0, 0, 0, 0]));
    expect(errnos(await inside(becoming + calls))).toEqual(privileged.map(() => EPERM));
  });

  it('should make other calls look as if the kernel had none', async () => {
    const absent: SyscallName[] = ['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'userfaultfd', 'clone3', 'remap_file_pages'];
    const script = calling([...absent.map((name) => [numberOf(name), 0, 0, 0, 0, 0] as const), [NEWEST_SYSCALL + 1, 0, 0, 0, 0]]);
    expect(errnos(await outside(script, NOBODY))?.slice(0, -1)).not.toContain(ENOSYS);
    expect(errnos(await inside(script))).toEqual(Array(absent.length + 1).fill(ENOSYS));
  });

  it('should let nobody have the disk flushed, and say that it was', async () => {
    const flushes: SyscallName[] = ['fsync', 'fdatasync', 'syncfs', 'sync_file_range'];
    // Of no file at all: only who does not look says that it was done.
    const script = calling(flushes.map((name) => [numberOf(name), -1, 0, 0, 0]));
    expect(errnos(await outside(script, NOBODY))).toEqual(flushes.map(() => EBADF));
    expect(errnos(await inside(script))).toEqual(flushes.map(() => 0));
  });

  it.runIf(process.arch === 'x64')('should not be got past by the numbers of x32', async () => {
    // ptrace once more; a kernel without x32 has no such call either, so that this shows only that it stays so.
    expect(errnos(await inside(calling([[0x4000_0000 + 521, 0, 0, 0, 0]])))).toEqual([ENOSYS]);
  });

  it('should let through the sockets of browsers, and no others', async () => {
    const allowed = [
      [1, 1, 0],
      [1, 2, 0],
      [2, 1, 0],
      [2, 1 | 0x80000, 6],
      [2, 2, 17],
      [10, 1, 0],
      [10, 2 | 0x800, 0],
    ];
    const families = [3, 9, 15, 16, 17, 29, 30, 31, 38, 40, 42, 44, 45]; // AF_NETLINK is 16, AF_PACKET 17, AF_ALG 38, AF_VSOCK 40
    const protocols = [
      [2, 3, 255], // raw
      [10, 3, 58],
      [2, 2, 1], // ping
      [2, 1, 132], // SCTP
      [2, 1, 262], // MPTCP
      [2, 5, 132],
    ];
    const script = (calls: number[][]) => calling(calls.map((args) => [numberOf('socket'), ...args]));
    expect(errnos(await inside(script(allowed)))).toEqual(allowed.map(() => 0));
    expect(errnos(await inside(script(families.map((family) => [family, 2, 0]))))).toEqual(families.map(() => EAFNOSUPPORT));
    expect(errnos(await inside(script(protocols)))).toEqual(protocols.map(() => EPROTONOSUPPORT));
    expect(errnos(await outside(script([[16, 2, 0]]), NOBODY))).toEqual([0]);
    const pairs = [1, 30].map((family) => [numberOf('socketpair'), family, 1, 0, 0] as const); // to nowhere; AF_TIPC is 30
    expect(errnos(await inside(calling(pairs)))).toEqual([EFAULT, EAFNOSUPPORT]);
  });

  it("should let through the namespaces of Chromium's own sandbox, and no others", async () => {
    const flags = { mount: 0x2_0000, cgroup: 0x200_0000, uts: 0x400_0000, ipc: 0x800_0000, time: 0x80 };
    const withUser = (flag: number) => [numberOf('unshare'), 0x1000_0000 | flag] as const;
    const script = calling(Object.values(flags).map(withUser));
    expect(errnos(await outside(script, NOBODY))).toEqual(Object.values(flags).map(() => 0));
    expect(errnos(await inside(script))).toEqual(Object.values(flags).map(() => EPERM));
    expect(errnos(await inside(calling([withUser(0x6000_0000)])))).toEqual([0]);
    // clone: the low byte is the signal for the parent.
    const cloning = calling([[numberOf('clone'), 0x1002_0000 | 17, 0, 0, 0, 0]]);
    expect(errnos(await inside(cloning))).toEqual([EPERM]);
  });

  it.each<Architecture>(['x64', 'arm64'])('should be a program for %s that ends in a return, with every jump inside', (name) => {
    const bytes = Buffer.from(seccompFilter(name));
    const instructions = Array.from({ length: bytes.length / 8 }, (_, index) => ({
      code: bytes.readUInt16LE(index * 8),
      jumps: [bytes.readUInt8(index * 8 + 2), bytes.readUInt8(index * 8 + 3)],
    }));
    expect(instructions.length).toBeLessThan(4096);
    expect(instructions.at(-1)?.code).toBe(0x06);
    instructions.forEach(({ code, jumps }, index) => {
      if ((code & 7) !== 5) return; // no jump
      for (const jump of jumps) expect(index + 1 + jump).toBeLessThan(instructions.length);
    });
  });

  it('should leave other errors as they are', async () => {
    // As the kernel says it of a call that the filter lets through, with a pointer to nowhere.
    const chroot = process.arch === 'x64' ? 161 : 51;
    expect(errnos(await inside(calling([[chroot, 0]])))).toEqual([EFAULT]);
    expect(errnos(await inside(calling([[numberOf('prctl'), 9999, 0, 0, 0, 0]])))).toEqual([EINVAL]);
  });
});
