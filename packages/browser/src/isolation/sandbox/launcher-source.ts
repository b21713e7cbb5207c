import { canLimitTasks } from '../limits/index.js';
import { type Architecture, type SyscallName, syscallNumber } from './syscalls.js';

/** The port of the browser's proxy, on 127.0.0.1 of its network namespace. */
export const EGRESS_PORT = 3128;
/** How the launcher ends when it cannot do its part; what follows it never ends so. */
export const LAUNCHER_FAILED = 125;
export const LAUNCHER_COMPLAINT = 'carrel-launcher: ';

/** What the launcher is started with. */
export interface LauncherOptions {
  architecture: Architecture;
  /** Pid of the process that starts it: when that is dead, nothing is to be started any more. */
  parentPid: number;
  /** Number of the file descriptor of Node's IPC channel. */
  channelFd: number;
  /** Number of the further file descriptor that the command needs. */
  infoFd: number;
  /** Number of the one from which it reads its command (`launcherCommand`). All others but these and the first five are closed. */
  commandFd: number;
  /** The browser's own uid, as which the rest runs; without it, the rest runs as whoever starts it. */
  uid: number | undefined;
  /** How large a file may become, in bytes. */
  maxFileBytes: number;
  /** How many tasks the browser may have. */
  maxTasks: number;
  /** `cgroup.procs` files of the control groups that it joins, before anything of the browser runs. */
  cgroupFiles: readonly string[];
}

/** What the launcher becomes. */
export interface LauncherCommand {
  /** What the command reads, from file descriptors that stand in its arguments as `@0`, `@1`, …; at most 64 KiB each. */
  data: readonly Uint8Array[];
  command: readonly string[];
}

/** The command line of the launcher, for `perl`. */
export function launcherArguments(options: LauncherOptions): string[] {
  return [
    '-e',
    launcherSource(options.architecture),
    '--',
    `${options.parentPid}`,
    `${options.channelFd}`,
    `${options.infoFd}`,
    `${options.commandFd}`,
    `${options.uid ?? ''}`,
    `${options.maxFileBytes}`,
    `${canLimitTasks('sandbox', options.uid !== undefined) ? options.maxTasks : 0}`,
    ...options.cgroupFiles,
  ];
}

/** What the launcher reads, to its end, before it becomes the command: strings, each with a NUL behind it. */
export function launcherCommand({ data, command }: LauncherCommand): string {
  const strings = [`${data.length}`, ...data.map((bytes) => Buffer.from(bytes).toString('hex')), ...command];
  return strings.map((text) => `${text}\0`).join('');
}

const CLONE_NEWUSER = 0x1000_0000;
const CLONE_NEWNET = 0x4000_0000;

/**
 * A process has to be in a network namespace to listen in it, and Node cannot change its own; nor can it drop a child into another. So this
 * runs between Node and bubblewrap, in the process that becomes bubblewrap: it joins the control groups, makes the network namespace and
 * brings its loopback interface up, drops to the browser's uid, listens for the browser's proxy, hands the listening socket to Node, waits
 * to be told what comes next, and becomes that. Perl, because Debian has no system without it and it starts in 2 ms; no modules, of which it
 * may have none.
 *
 * Node takes a socket only in a message of its own IPC protocol (`NODE_HANDLE`, with the socket as SCM_RIGHTS, unix(7)). Whoever holds that
 * channel could send Node anything, so that it is closed before the next program starts, as is the listening socket.
 */
function launcherSource(architecture: Architecture): string {
  const call = (name: SyscallName) => `syscall(${syscallNumber(name, architecture)}`;
  return `
use strict;
$^F = 255; # what is opened here stays open in the next program, unless it is closed
my ($parent, $channel, $infoFd, $commandFd, $uid, $maxFileBytes, $maxTasks, @cgroups) = @ARGV;
sub fail { print STDERR "${LAUNCHER_COMPLAINT}$_[0]: $!\\n"; exit ${LAUNCHER_FAILED} }
sub put { open(my $file, '>', $_[0]) or fail("opening $_[0]"); defined(syswrite($file, $_[1])) or fail("writing $_[0]"); close $file }
sub prctl { ${call('prctl')}, @_, 0, 0, 0) == 0 or fail("prctl $_[0]") }
sub limit { my $value = pack('QQ', $_[1], $_[1]); ${call('prlimit64')}, 0, $_[0], $value, 0) == 0 or fail("limit $_[0]") }
sub loopbackUp {
  socket(my $socket, 2, 2, 0) or fail('socket');
  my $request = pack('a16 s x22', 'lo', 0x41); # IFF_UP | IFF_RUNNING
  ioctl($socket, 0x8914, $request) or fail('bringing up the loopback interface'); # SIOCSIFFLAGS
  close $socket;
}
# Node passes on what it was itself started with.
opendir(my $directory, '/proc/self/fd') or fail('listing open files');
for (readdir $directory) {
  next if !/^\\d+$/ || $_ <= 4 || $_ == $channel || $_ == $infoFd || $_ == $commandFd || $_ == fileno $directory;
  if (open(my $stray, '<&=', $_)) { close $stray }
}
closedir $directory;
put($_, '0') for @cgroups;
my $isApart = 0;
if ($uid ne '') {
  # Root's namespace belongs to root: nobody in the sandbox can ever administer it.
  if (${call('unshare')}, ${CLONE_NEWNET}) == 0) { loopbackUp(); $isApart = 1 }
  ${call('setgroups')}, 0, 0) == 0 or fail('setgroups');
  ${call('setresgid')}, $uid+0, $uid+0, $uid+0) == 0 or fail('setresgid');
  ${call('setresuid')}, $uid+0, $uid+0, $uid+0) == 0 or fail('setresuid');
}
prctl(38, 1); # PR_SET_NO_NEW_PRIVS
prctl(4, 1); # PR_SET_DUMPABLE: the change of uid took it, and without it /proc/self is not ours
if (!$isApart) {
  my ($user, $group) = ($>, (split ' ', $))[0]);
  ${call('unshare')}, ${CLONE_NEWUSER | CLONE_NEWNET}) == 0 or fail('making a user and a network namespace');
  put('/proc/self/setgroups', 'deny');
  put('/proc/self/uid_map', "$user $user 1");
  put('/proc/self/gid_map', "$group $group 1");
  loopbackUp();
}
limit(6, $maxTasks) if $maxTasks; # RLIMIT_NPROC: of a uid of its own, or of its user namespace
limit(1, $maxFileBytes); # RLIMIT_FSIZE
$SIG{XFSZ} = 'IGNORE'; # a write beyond it fails, instead of ending the browser
$SIG{FPE} = 'DEFAULT'; # perl ignores it, and what is ignored stays so
limit(4, 0); # RLIMIT_CORE: a core would hold the contents of pages
prctl(1, 9); # PR_SET_PDEATHSIG, SIGKILL: after the changes of uid, which take it back
getppid() == $parent or fail('starting for a process that is dead');
socket(my $listener, 2, 1, 0) or fail('socket');
bind($listener, pack('S n C4 x8', 2, ${EGRESS_PORT}, 127, 0, 0, 1)) or fail('bind');
listen($listener, 511) or fail('listen');
my $message = '{"cmd":"NODE_HANDLE","type":"net.Server","msg":{"isListening":true}}' . "\\n";
my $vector = pack('P Q', $message, length $message);
my $control = pack('Q i i i x4', 20, 1, 1, fileno $listener); # SOL_SOCKET, SCM_RIGHTS
my $header = pack('Q L x4 P Q P Q i x4', 0, 0, $vector, 1, $control, length $control, 0);
${call('sendmsg')}, $channel+0, $header, 0) == length $message or fail('handing over the listener');
close $listener;
open(my $closing, '+<&=', $channel) or fail('the channel');
close $closing;
delete @ENV{qw(NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE)};
open(my $orders, '<&=', $commandFd) or fail('its orders');
my @command = split /\\0/, do { local $/; readline($orders) // '' }, -1;
close $orders;
pop @command; # what is behind the last NUL
@command or exit; # nobody needs it any more
my @readers;
for (splice @command, 0, shift @command) {
  pipe(my $reader, my $writer) or fail('pipe');
  my $bytes = pack('H*', $_);
  syswrite($writer, $bytes) == length $bytes or fail('filling a pipe');
  close $writer;
  push @readers, $reader;
}
for (@command) {
  last if $_ eq '--';
  $_ = fileno $readers[$1] if /^@(\\d+)$/;
}
exec { $command[0] } @command or fail("starting $command[0]");
`;
}
