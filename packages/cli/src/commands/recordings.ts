import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Recording, RecordingLine } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { idOf, wholeNumber } from '../arguments.js';
import { atMost } from '../at-most.js';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import { confirmed } from '../giving-away.js';
import type { Live } from '../live.js';
import { countText, durationText, sizeText } from '../size-text.js';
import { printable, type Terminal } from '../terminal.js';

const MS_PER_SECOND = 1000;

interface ListOptions {
  endUser?: string;
  task?: string;
  session?: string;
  limit: number;
}

interface ExportOptions {
  output?: string;
  format?: 'mp4' | 'webm';
}

export function recordingsCommand(program: Command, terminal: Terminal): void {
  const recordings = program.command('recordings').description('what was recorded of browsers: list, read, make a film of one, delete');
  addList(recordings, terminal);
  recordings
    .command('show')
    .description('what happened when; with --json, one line of it a line')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .option('--search <text>', 'only lines with this text in them')
    .action(async (id: string, { search }: { search?: string }, command: Command) => {
      const client = await connect(command, terminal);
      for await (const line of client.recordings.timeline(id, search === undefined ? {} : { search })) {
        terminal.print(terminal.isJson ? JSON.stringify(line) : readable(line, terminal));
      }
    });
  addExport(recordings, terminal);
  recordings
    .command('rm')
    .description('delete one, for good; one that goes on ends with that; asks first on a terminal')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .option('--yes', 'do not ask')
    .action(async (id: string, { yes }: { yes?: boolean }, command: Command) => {
      const client = await connect(command, terminal);
      if (!(await confirmed(`Delete the recording of ${id}, for good?`, yes, terminal))) return;
      await client.recordings.delete(id);
      terminal.result({ deleted: id }, () => `Deleted the recording of ${id}`);
    });
}

function addList(recordings: Command, terminal: Terminal): void {
  recordings
    .command('ls', { isDefault: true })
    .description('list them, the newest first')
    .option('--end-user <id>', 'only those of this customer of yours')
    .option('--task <id>', 'only those of the browsers of this task', idOf('task'))
    .option('--session <id>', 'only those of the tasks of this session', idOf('session'))
    .option('--limit <count>', 'at most this many', wholeNumber('recordings', 1), 20)
    .action(async ({ endUser, task, session, limit }: ListOptions, command: Command) => {
      const client = await connect(command, terminal);
      const query = {
        ...(endUser !== undefined && { endUserId: endUser }),
        ...(task !== undefined && { taskId: task }),
        ...(session !== undefined && { sessionId: session }),
      };
      const list = await atMost(limit, (size) => client.recordings.list({ ...query, limit: size }));
      terminal.result(list, () => {
        if (list.length === 0) return terminal.colors.dim('No recordings.');
        return terminal.table(['BROWSER', 'TASK', 'END USER', 'LENGTH', 'PICTURES', 'SIZE', 'BEGUN'], list.map(rowOf));
      });
    });
}

const rowOf = ({ browserId, taskId, endUserId, durationMs, frames, sizeBytes, createdAt, endedAt }: Recording): string[] => [
  browserId,
  taskId ?? '-',
  printable(endUserId ?? '-'),
  `${durationText(durationMs)}${endedAt === null ? ', goes on' : ''}`,
  String(frames),
  sizeText(sizeBytes),
  createdAt,
];

function readable({ atMs, type, data }: RecordingLine, terminal: Terminal): string {
  const at = `${(atMs / MS_PER_SECOND).toFixed(1)} s`.padStart(9);
  return `${terminal.colors.dim(at)} ${terminal.colors.cyan(printable(type))} ${printable(JSON.stringify(data))}`;
}

function addExport(recordings: Command, terminal: Terminal): void {
  recordings
    .command('export')
    .description('make a film of one, each picture as long as it was shown; the server needs ffmpeg for it')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .option('-o, --output <file>', 'where to; - is the standard output (default: <id>.<format>)')
    .addOption(new Option('--format <format>', 'of the film (default: as the file is called, else mp4)').choices(['mp4', 'webm']))
    .action(async (id: string, options: ExportOptions, command: Command) => {
      const { format = extname(options.output ?? '') === '.webm' ? 'webm' : 'mp4', output = `${id}.${format}` } = options;
      if (output === '-' && terminal.isJson) throw new UsageError('--json and -o - both want the standard output: leave one out.');
      const client = await connect(command, terminal);
      const { durationMs, frames } = await client.recordings.get(id);
      const what = `${countText(frames, 'picture')}, ${durationText(durationMs)}`;
      using live = terminal.live(`Making a film of ${what}`);
      const film = await client.recordings.export(id, { format });
      const said = told(Readable.fromWeb(film), live, what);
      if (output === '-') return await pipeline(said, terminal.surroundings.stdout as Writable, { end: false });
      const path = resolve(terminal.surroundings.cwd, output);
      const sizeBytes = await writeWhole(path, said);
      live.hold();
      terminal.result({ path, format, sizeBytes, durationMs }, () => `${path} ${terminal.colors.dim(`${sizeText(sizeBytes)}, ${what}`)}`);
    });
}

/** The same bytes; how many there are is said as they come. */
async function* told(film: Readable, live: Live, what: string): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of film) {
    sizeBytes += (chunk as Uint8Array).length;
    live.doing(`Making a film of ${what}: ${sizeText(sizeBytes)}`);
    yield chunk as Uint8Array;
  }
}

/** Writes a file that is there only once it is whole, and that only its owner can read; its size in bytes. */
async function writeWhole(path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  const part = `${path}.part`;
  try {
    const file = createWriteStream(part, { mode: 0o600 });
    await pipeline(content, file);
    await rename(part, path);
    return file.bytesWritten;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
