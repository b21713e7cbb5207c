import { spawn } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processIdentity } from '../process-identity.js';
import { findNativeDir } from './binaries.js';
import { EmbeddedPostgres } from './embedded-postgres.js';

const isRoot = process.getuid?.() === 0;
const logger = pino({ level: process.env.CARREL_TEST_LOG ?? 'silent' });

let parent: string;
let dataDir: string;
const open: EmbeddedPostgres[] = [];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'carrel-test-')); // 0700: as root, one that Postgres' user cannot enter
  dataDir = join(parent, 'data');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((postgres) => postgres.stop()));
  rmSync(parent, { recursive: true, force: true });
});

async function start(options: { nativeDir?: string; dataDir?: string } = {}): Promise<EmbeddedPostgres> {
  const postgres = await EmbeddedPostgres.start({ dataDir, logger, onGivenUp: fail, ...options }, AbortSignal.timeout(60_000));
  open.push(postgres);
  return postgres;
}

const fail = (error: CarrelError) => {
  throw error;
};

async function query(postgres: EmbeddedPostgres, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(postgres.connection);
  client.on('error', () => {}); // a test kills the database under it; the query itself rejects
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Tries until the database answers again. */
async function queryAgain(postgres: EmbeddedPostgres, sql: string): Promise<Record<string, unknown>[]> {
  return await expect
    .poll(() => query(postgres, sql).catch(() => null), { timeout: 20_000, interval: 20 })
    .not.toBeNull()
    .then(() => query(postgres, sql));
}

const outside = () => (existsSync(join(dataDir, 'outside')) ? readdirSync(join(dataDir, 'outside')) : []);

describe('EmbeddedPostgres', () => {
  it('should make a database on the first start, keep it to the next, and leave no process', async () => {
    const first = await start();
    const pid = first.pid as number;
    await query(first, 'create table kept (n int); insert into kept values (42)');
    await first.stop();
    expect(processIdentity(pid)).toBeNull();
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
    const second = await start();
    expect(await query(second, 'select n from kept')).toEqual([{ n: 42 }]);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('postgres.new'))).toEqual([]);
  });

  it('should listen on no TCP port, lose nothing that was committed, and check its pages', async () => {
    const postgres = await start();
    const [row] = await query(
      postgres,
      `select current_setting('listen_addresses') listen, current_setting('fsync') fsync, current_setting('data_checksums') checksums`,
    );
    expect(row).toEqual({ listen: '', fsync: 'on', checksums: 'on' });
  });

  it.runIf(process.platform === 'linux')('should hand none of our environment to Postgres', async () => {
    process.env.CARREL_TEST_SECRET = 'hunter2';
    try {
      const postgres = await start();
      expect(readFileSync(`/proc/${postgres.pid}/environ`, 'utf8')).not.toContain('hunter2');
    } finally {
      delete process.env.CARREL_TEST_SECRET;
    }
  });

  it.runIf(process.platform === 'linux')('should not be in the process group that Ctrl-C in the terminal goes to', async () => {
    const postgres = await start();
    const stat = readFileSync(`/proc/${postgres.pid}/stat`, 'latin1');
    expect(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]).toBe(String(postgres.pid)); // proc_pid_stat(5): pgrp
  });

  it('should start Postgres again when it is killed mid-write, with every committed row', async () => {
    const postgres = await start();
    await query(postgres, 'create table log (n int primary key)');
    const client = new pg.Client(postgres.connection);
    client.on('error', () => {}); // the kill; the insert that was under way rejects
    await client.connect();
    let committed = 0;
    const killed = postgres.pid as number;
    try {
      while (true) {
        await client.query('insert into log values ($1)', [committed + 1]);
        committed++;
        if (committed === 300) process.kill(killed, 'SIGKILL');
      }
    } catch {
      // the connection broke, as it must
    }
    const rows = await queryAgain(postgres, 'select count(*)::int as count, max(n) as max from log');
    expect(committed).toBeGreaterThanOrEqual(300);
    expect(rows[0]?.max).toBeGreaterThanOrEqual(committed);
    expect(rows[0]?.count).toBe(rows[0]?.max);
    expect(postgres.pid).not.toBe(killed);
  });

  it('should refuse a second server on the same data directory, and name the process that has it', async () => {
    const first = await start();
    const refusal = await start().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CarrelError);
    expect(refusal).toMatchObject({ code: 'conflict', message: expect.stringContaining(`another Carrel server, process ${process.pid}`) });
    expect(await query(first, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('should let exactly one of two servers have a new data directory that start at the same time', async () => {
    const outcomes = await Promise.allSettled([start(), start()]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect(refused.map((outcome) => (outcome.reason as CarrelError).code)).toEqual(['conflict']);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('postgres.new'))).toEqual([]);
    expect(await query(open[0] as EmbeddedPostgres, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('should start although an unrelated process has the number of the last Postgres', async () => {
    await (await start()).stop();
    const other = spawn('sleep', ['60'], isRoot ? { uid: 65_534, gid: 65_534 } : {});
    try {
      const note = `${other.pid}\n/proc/self/cwd\n1700000000\n5432\n.\n\n`;
      writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), note, { mode: 0o600 });
      const { uid, gid } = statSync(join(dataDir, 'postgres'));
      chownSync(join(dataDir, 'postgres', 'postmaster.pid'), uid, gid);
      const postgres = await start();
      expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(processIdentity(other.pid as number)).not.toBeNull();
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('should work in a data directory whose path is too long for a socket', async () => {
    dataDir = join(parent, 'x'.repeat(100), 'data');
    const postgres = await start();
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(statSync(postgres.connection.host).ino).toBe(statSync(join(dataDir, 'postgres')).ino);
    await postgres.stop();
    expect(existsSync(postgres.connection.host)).toBe(false);
    expect(outside()).toEqual([]);
  });

  it('should say what is wrong when the data files are of another version', async () => {
    mkdirSync(join(dataDir, 'postgres'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '12\n');
    const refusal = await start().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'internal', message: expect.stringContaining('holds data files of Postgres 12') });
  });

  it.skipIf(!isRoot)(
    'should run, as root, from a directory that only root can enter and without the links of npm (skipped: not root)',
    async () => {
      const nativeDir = join(parent, 'native');
      cpSync(findNativeDir(), nativeDir, {
        recursive: true,
        filter: (path) => !/\.so(\.\d+)?$/.test(path) || /lib(z|ssl|crypto|xml2|xslt|lzma|ossp-uuid)\.so|postgresql\//.test(path),
      });
      expect(existsSync(join(nativeDir, 'lib', 'libicuuc.so.60'))).toBe(false);
      const postgres = await start({ nativeDir });
      expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(statSync(parent).mode & 0o777).toBe(0o700);
      const status = readFileSync(`/proc/${postgres.pid}/status`, 'utf8');
      expect(status).toMatch(/^Uid:\s+65534\s/m);
      const [record] = outside();
      expect(existsSync(join(tmpdir(), record as string))).toBe(true);
      await postgres.stop();
      expect(existsSync(join(tmpdir(), record as string))).toBe(false);
      expect(outside()).toEqual([]);
    },
  );

  it.skipIf(!isRoot)('should keep other users of the machine out of the database (skipped: not root)', async () => {
    const postgres = await start();
    const script = `
      const { default: pg } = await import(process.argv[1]);
      const client = new pg.Client({ host: '/proc/self/cwd', user: 'carrel', database: 'postgres', port: 5432, ssl: false });
      process.setegid(65534);
      process.seteuid(65534); // Postgres' own user: the one that could reach the socket
      await client.connect().then(() => console.log('in'), (error) => console.log(error.message));
      process.exit();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, import.meta.resolve('pg')], {
      cwd: join(dataDir, 'postgres'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(postgres.pid).not.toBeNull();
    expect(output).toMatch(/[Pp]eer authentication failed/);
  });
});
