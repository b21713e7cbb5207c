import { constants } from 'node:os';
import { type Architecture, NEWEST_SYSCALL, type SyscallName, syscallNumber } from './syscalls.js';

const { EPERM, ENOSYS, EAFNOSUPPORT, EPROTONOSUPPORT } = constants.errno;

/** What is refused with EPERM, and why. Chromium's own sandbox, which goes on inside this one, calls none of it. */
const FORBIDDEN: Readonly<Record<string, readonly SyscallName[]>> = {
  'reads and changes other processes': [
    'ptrace',
    'process_vm_readv',
    'process_vm_writev',
    'process_madvise',
    'kcmp',
    'pidfd_getfd',
    'move_pages',
    'migrate_pages',
  ],
  'key rings belong to no namespace': ['add_key', 'request_key', 'keyctl'],
  'a way into the kernel that many exploits took': ['bpf', 'perf_event_open', 'modify_ldt', 'uselib', 'mbind', 'set_mempolicy'],
  'changes the machine': [
    'kexec_load',
    'kexec_file_load',
    'init_module',
    'finit_module',
    'delete_module',
    'reboot',
    'acct',
    'swapon',
    'swapoff',
    'quotactl',
    'quotactl_fd',
    'iopl',
    'ioperm',
    'settimeofday',
    'clock_settime',
    'clock_adjtime',
    'adjtimex',
    'sethostname',
    'setdomainname',
  ],
  'tells about the machine': ['syslog', 'lookup_dcookie', 'fanotify_init', 'vhangup'],
  'mounts: the browser’s view of the files is finished, also for namespaces that it makes itself': [
    'mount',
    'umount2',
    'pivot_root',
    'move_mount',
    'open_tree',
    'fsopen',
    'fsconfig',
    'fsmount',
    'fspick',
    'mount_setattr',
  ],
  'enters other namespaces': ['setns'],
  'opens files past the view of them': ['open_by_handle_at', 'name_to_handle_at'],
};

/** What is refused with ENOSYS, as on a kernel without it: programs then take the older way. */
const ABSENT: readonly SyscallName[] = [
  // Does other system calls past filters such as this one.
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'userfaultfd', // holds the kernel still in the middle of a copy, which exploits need
  'clone3', // its flags lie in memory, where a filter cannot see them
  'remap_file_pages',
];

/**
 * What is answered with success, and not done: to wait until the disk has all. A browser's directory lasts no longer than the browser and is
 * removed when the server starts again, so that nobody ever reads it after the power went; what is kept is read from the kernel's cache, the same
 * on the disk or not, and written down by ourselves. Chromium flushes thirty times at its start, pages as often as they like, and everybody
 * on the disk waits for it.
 */
const NOT_DONE: readonly SyscallName[] = ['fsync', 'fdatasync', 'sync', 'syncfs', 'sync_file_range'];

// linux/filter.h and linux/seccomp.h
const ALLOW = 0x7fff_0000;
const ERRNO = 0x0005_0000;
const OFFSET_OF = { number: 0, architecture: 4 };
/** Of the lower half of an argument, on machines that are little-endian. */
const offsetOfArgument = (index: number) => 16 + 8 * index;
const AUDIT_ARCHITECTURE: Readonly<Record<Architecture, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** Numbers from here on are the x32 calls of x86-64: the same calls once more, past every rule by number. */
const X32 = 0x4000_0000;

const AF = { unix: 1, inet: 2, inet6: 10 };
const SOCKET = { stream: 1, datagram: 2, typeMask: 0xf };
const PROTOCOLS = { default: 0, tcp: 6, udp: 17 };
const CLONE = { newTime: 0x80, newMount: 0x2_0000, newCgroup: 0x200_0000, newUts: 0x400_0000, newIpc: 0x800_0000 };

type Instruction = readonly [code: number, jumpIfTrue: number, jumpIfFalse: number, operand: number];
const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const mask = (bits: number): Instruction => [0x54, 0, 0, bits];
const allow: Instruction = [0x06, 0, 0, ALLOW];
const refuse = (errno: number): Instruction => [0x06, 0, 0, ERRNO | errno];
const succeed = refuse(0);
/** Runs `then` if the accumulator equals the operand, else what follows; `then` has to end in a return, for it may change the accumulator. */
const ifEqual = (operand: number, then: readonly Instruction[]): Instruction[] => [[0x15, 0, then.length, operand], ...then];
const ifAtLeast = (operand: number, then: readonly Instruction[]): Instruction[] => [[0x35, 0, then.length, operand], ...then];
const ifAnyBit = (operand: number, then: readonly Instruction[]): Instruction[] => [[0x45, 0, then.length, operand], ...then];

/**
 * The filter of system calls that a sandboxed browser runs under, as the `sock_filter` array that seccomp(2) takes: what namespaces leave
 * open is closed, everything else goes through, and Chromium's own, far stricter filters go on top.
 */
export function seccompFilter(architecture: Architecture): Uint8Array {
  const on = (name: SyscallName, then: readonly Instruction[]) => {
    const number = syscallNumber(name, architecture);
    return number === undefined ? [] : ifEqual(number, then);
  };
  const forbiddenFlags = CLONE.newMount | CLONE.newCgroup | CLONE.newUts | CLONE.newIpc;
  return assemble([
    load(OFFSET_OF.architecture),
    ...ifEqual(AUDIT_ARCHITECTURE[architecture], [[0x05, 0, 0, 1]]), // past the next
    refuse(ENOSYS),
    load(OFFSET_OF.number),
    ...(architecture === 'x64' ? ifAtLeast(X32, [refuse(ENOSYS)]) : []),
    ...ifAtLeast(NEWEST_SYSCALL + 1, [refuse(ENOSYS)]),
    ...ABSENT.flatMap((name) => on(name, [refuse(ENOSYS)])),
    ...Object.values(FORBIDDEN).flatMap((names) => names.flatMap((name) => on(name, [refuse(EPERM)]))),
    ...NOT_DONE.flatMap((name) => on(name, [succeed])),
    ...on('socket', sockets()),
    ...on('socketpair', [load(offsetOfArgument(0)), ...ifEqual(AF.unix, [allow]), refuse(EAFNOSUPPORT)]),
    // New user, pid and network namespaces are what Chromium's own sandbox is made of.
    ...on('clone', [load(offsetOfArgument(0)), ...ifAnyBit(forbiddenFlags, [refuse(EPERM)]), allow]),
    ...on('unshare', [load(offsetOfArgument(0)), ...ifAnyBit(forbiddenFlags | CLONE.newTime, [refuse(EPERM)]), allow]),
    allow,
  ]);
}

/**
 * Unix sockets, TCP and UDP. Nothing else: AF_VSOCK reaches the host of a virtual machine and knows no network namespaces, AF_PACKET and raw
 * sockets make packets by hand, the rest is kernel code that no browser needs. AF_NETLINK neither: all that Chromium would learn is that
 * there is only a loopback interface, and take itself for offline.
 */
function sockets(): Instruction[] {
  const internet = [
    load(offsetOfArgument(1)),
    mask(SOCKET.typeMask),
    ...ifEqual(SOCKET.stream, protocols(PROTOCOLS.tcp)),
    ...ifEqual(SOCKET.datagram, protocols(PROTOCOLS.udp)),
    refuse(EPROTONOSUPPORT),
  ];
  return [
    load(offsetOfArgument(0)),
    ...ifEqual(AF.unix, [allow]),
    ...ifEqual(AF.inet, internet),
    ...ifEqual(AF.inet6, internet),
    refuse(EAFNOSUPPORT),
  ];
}

const protocols = (protocol: number): Instruction[] => [
  load(offsetOfArgument(2)),
  ...ifEqual(PROTOCOLS.default, [allow]),
  ...ifEqual(protocol, [allow]),
  refuse(EPROTONOSUPPORT),
];

function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, jumpIfTrue, jumpIfFalse, operand], index) => {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, jumpIfTrue);
    bytes.setUint8(index * 8 + 3, jumpIfFalse);
    bytes.setUint32(index * 8 + 4, operand, true);
  });
  return new Uint8Array(bytes.buffer);
}
