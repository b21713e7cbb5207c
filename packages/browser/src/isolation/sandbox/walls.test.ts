import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inside, outside, startInside } from '../../testing/inside.js';

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

describe('A program in a sandbox', () => {
  const secret = randomUUID();
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    await writeFile(join(directory, 'canary'), secret);
  });
  afterAll(() => rm(directory, { recursive: true }));

  it("should see none of the host's files", async () => {
    const script = `print contents('/etc/passwd'), '|', contents('${join(directory, 'canary')}')`;
    expect(await outside(script)).toBe(`${await readFile('/etc/passwd', 'utf8')}|${secret}`);
    expect(await inside(script)).toBe('carrel:x:1000:1000::/tmp:/nonexistent\n|no: No such file or directory');
    const roots = `print join("\\n", map { "$_: " . names($_) } '/', '/etc', '/opt', '/usr', '/var', '/home', '/root', '/run', '/sys')`;
    expect(lines(await inside(roots))).toEqual([
      '/: dev etc lib lib64 opt proc tmp usr var',
      expect.stringMatching(/^\/etc: (fonts )?group hosts ld\.so\.cache machine-id nsswitch\.conf passwd( pki)?( ssl)?$/),
      '/opt: browser',
      expect.stringMatching(/^\/usr: lib lib64 (local )?share$/),
      expect.stringMatching(/^\/var: (cache|no: )/),
      ...['/home', '/root', '/run', '/sys'].map((path) => `${path}: no: No such file or directory`),
    ]);
  });

  it('should have no shell and no program but itself', async () => {
    // Breadth first over everything that can be entered; /proc only leads back here.
    const script = `
      my @directories = ('/');
      while (defined(my $directory = shift @directories)) {
        for my $name (split ' ', names($directory)) {
          my $path = $directory eq '/' ? "/$name" : "$directory/$name";
          next if $path eq '/proc' || -l $path;
          if (-d $path) { push @directories, $path } elsif (-f $path && -x $path && $path !~ /\\.so[.\\d]*$/) { print "$path\\n" }
        }
      }`;
    expect(lines(await inside(script))).toEqual(['/opt/browser/perl']);
    expect(await inside(`print system('/bin/sh', '-c', 'true'), ' ', -e '/usr/bin' ? 'programs' : 'none'`)).toBe('-1 none');
  });

  it('should write nowhere but to its own directories', async () => {
    const script = (places: string[]) =>
      `for my $place (qw(${places.join(' ')})) { print "$place ", (open(my $f, '>', "$place/x") ? 'written' : $!), "\\n" }`;
    const readOnly = ['/', '/etc', '/dev', '/opt', '/opt/browser', '/usr/lib', '/usr/share/fonts', '/lib64', '/usr/lib/x86_64-linux-gnu'];
    const said = lines(
      await inside(({ uploads }) => script([...readOnly, uploads].filter((path) => existsSync(path) || path.startsWith('/opt')))),
    );
    expect(said.length).toBeGreaterThan(7);
    for (const line of said) expect(line).toMatch(/Read-only file system|Permission denied/);
    const own = lines(await inside(({ profile, downloads }) => script([profile, downloads, '/tmp', '/dev/shm'])));
    expect(own.filter((line) => line.endsWith(' written'))).toHaveLength(4);
  });

  it('should read the files that are made for it, and not change them', async () => {
    const path = '/etc/carrel-fonts.conf';
    const script = `my $file = '${path}';
      for my $change (sub { open(my $f, '>', $file) }, sub { open(my $f, '>>', $file) }, sub { unlink $file }, sub { chmod 0666, $file }, sub { rename $file, '/etc/other' }) {
        print $change->() ? 'done ' : 'refused ';
      }
      print contents($file)`;
    expect(await inside(script, { files: { [path]: secret } })).toBe(`${'refused '.repeat(5)}${secret}`);
  });

  it('should not change where its time zone is said, of which the host goes on to say more', async () => {
    const script = `my $zones = '/etc/carrel-timezone';
      print readlink('/etc/localtime'), ' ', readlink("$zones/localtime"), ' ', length(contents('/etc/localtime')) > 0 ? 'some' : 'none', "\n";
      for my $change (sub { symlink('/tmp', "$zones/next") }, sub { unlink "$zones/localtime" }, sub { unlink '/etc/localtime' },
        sub { mkdir "$zones/zoneinfo/Mars" }, sub { rename "$zones/zoneinfo", "$zones/other" }) {
        print $change->() ? 'done' : $!, "\n";
      }`;
    const refused = Array(5).fill('Read-only file system');
    expect(lines(await inside(script, { timezone: 'Asia/Tokyo' }))).toEqual([
      '/etc/carrel-timezone/localtime zoneinfo/Asia/Tokyo some',
      ...refused,
    ]);
  });

  it('should not fill memory with files', async () => {
    const script = (places: string[]) => `for my $place (qw(${places.join(' ')})) {
        open(my $f, '>', "$place/x") or die "$place $!"; my $bytes = 0;
        while ((my $written = syswrite($f, 'x' x 65536) || 0) > 0) { $bytes += $written; last if $bytes > 16 << 20 }
        print "$place $bytes $!\\n";
      }`;
    const said = lines(await inside(({ profile }) => script(['/tmp', '/dev/shm', profile])));
    expect(said).toEqual([
      expect.stringMatching(/^\/tmp \d{6,7} No space left on device$/),
      expect.stringMatching(/^\/dev\/shm \d{6,7} No space left on device$/),
      expect.stringMatching(/profile 2097152 File too large$/),
    ]);
  });

  it('should see no process but its own, and nothing of our environment', async () => {
    const script = (pids: string) => `for my $pid (${pids}) { print "$pid ", contents("/proc/$pid/environ"), "\\n" }`;
    await using other = await startInside(() => 'sleep 1000');
    const bystander = spawn('/bin/sleep', ['1000'], { stdio: 'ignore', env: { CARREL_TEST_SECRET: secret } });
    try {
      await once(bystander, 'spawn');
      const theirs = `${bystander.pid}`;
      expect(await outside(script(theirs))).toBe(`${theirs} CARREL_TEST_SECRET=${secret}\0\n`);
      expect(await inside(script(theirs))).toBe(`${theirs} no: No such file or directory\n`);
      const all = await inside(script(`grep { /^\\d+$/ } split ' ', names('/proc')`));
      expect(lines(all).map((line) => line.split(' ', 1)[0])).toEqual(['1', '2']); // the first of the namespace, and the script
      expect(all).not.toContain('CARREL');
    } finally {
      bystander.kill('SIGKILL');
    }
    expect(lines(await inside(`print kill(9, ${other.sandboxed.init.pid}), " $!"`))).toEqual(['0 No such process']);
    expect(other.sandboxed.init.isAlive).toBe(true);
  });

  it('should hold no capability, and be no user of the host', async () => {
    const status = new Map(
      lines(await inside(`print contents('/proc/self/status')`)).map((line) => line.split(/:\s*/) as [string, string]),
    );
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(status.get(set)).toMatch(/^0+$/);
    expect(status.get('NoNewPrivs')).toBe('1');
    expect(status.get('Seccomp')).toBe('2');
    expect(status.get('Uid')).toBe('1000\t1000\t1000\t1000');
    expect(status.get('Groups')?.trim()).toBe('');
    await using running = await startInside(() => 'sleep 1000');
    const outer = await readFile(`/proc/${running.sandboxed.init.pid}/status`, 'utf8');
    const uid = Number(/^Uid:\s+(\d+)/m.exec(outer)?.[1]);
    if (process.getuid?.() === 0) expect([0, 1000]).not.toContain(uid);
  });

  it('should hold none of our open files, nor those that built its walls', async () => {
    const script = `opendir(my $d, '/proc/self/fd'); for (sort { $a <=> $b } grep { /\\d/ && $_ != fileno $d } readdir $d) { print "$_\\n" }`;
    expect(lines(await inside(script))).toEqual(['0', '1', '2', '3', '4']);
  });

  describe('its network', () => {
    const connect = (address: string, port: number) =>
      `socket(my $s, 2, 1, 0) or die; print connect($s, pack('S n C4 x8', 2, ${port}, ${address.replaceAll('.', ', ')})) ? 'connected' : $!;`;

    it('should reach no server of this machine, by no address and by no name for a Unix socket', async () => {
      const server = createServer((socket) => socket.end()).listen(0, '0.0.0.0');
      const name = `\0carrel-test-${randomUUID()}`;
      const unixServer = createServer((socket) => socket.end()).listen(name);
      await Promise.all([once(server, 'listening'), once(unixServer, 'listening')]);
      try {
        const { port } = server.address() as AddressInfo;
        const addresses = Object.values(networkInterfaces())
          .flatMap((entries) => entries ?? [])
          .filter(({ family, internal }) => family === 'IPv4' && !internal)
          .map(({ address }) => address);
        for (const address of ['127.0.0.1', ...addresses]) {
          expect(await outside(connect(address, port))).toBe('connected');
          expect(await inside(connect(address, port))).toMatch(address === '127.0.0.1' ? 'Connection refused' : 'Network is unreachable');
        }
        // Before Node 22, an abstract name fills the whole address.
        const toUnix = `for my $form ('S a*', 'S a108') {
          socket(my $s, 1, 1, 0) or die; print connect($s, pack($form, 1, "\\0${name.slice(1)}")) ? 'connected' : '';
        }`;
        expect(await outside(toUnix)).toBe('connected');
        expect(await inside(toUnix)).toBe('');
      } finally {
        server.close();
        unixServer.close();
      }
    });

    it('should have a proxy, which is ours, and nothing else', async () => {
      const said = await inside(`${connect('127.0.0.1', 3128)} print ' ', readline $s; print '|', contents('/proc/net/dev')`, {
        acceptEgress: (socket) => socket.end('from the host'),
      });
      expect(said).toMatch(/^connected from the host\|/);
      const devices = said.slice(said.indexOf('|'));
      expect(devices.match(/^\s*\w+:/gm)?.map((name) => name.trim())).toEqual(['lo:']);
    });

    it('should send no datagram anywhere', async () => {
      const send = `socket(my $s, 2, 2, 0) or die; print send($s, 'x', 0, pack('S n C4 x8', 2, 53, 192, 0, 2, 1)) || $!`;
      expect(await outside(send)).toBe('1');
      expect(await inside(send)).toBe('Network is unreachable');
    });
  });

  it('should end as a whole, however it forks away', async () => {
    const script = `use POSIX; if (fork) { print "forked\\n"; sleep 1000 }
      POSIX::setsid(); fork and exit; $0 = 'runaway'; close STDIN; close STDERR; sleep 1000`;
    const started = await startInside(() => script);
    try {
      await once(started.output, 'data');
    } finally {
      await started[Symbol.asyncDispose]();
    }
    expect(started.sandboxed.init.isAlive).toBe(false);
    const left = `print grep { contents("/proc/$_/cmdline") =~ /runawa[y]/ } grep { /^\\d+$/ } split ' ', names('/proc')`;
    expect(await outside(left)).toBe('');
  });
});
