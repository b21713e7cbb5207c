// The reference of the server's settings, from the table that it reads them by.
import { homedir } from 'node:os';
import { code, page, text } from './markdown.mjs';

/** @param settings `SETTINGS` of the server, by the name that each has in the file */
export function settingsPage(settings) {
  const parts = Object.entries(settings).map(([name, { environment, description, expected, defaultValue, isSecret }]) => [
    `## ${code(environment)} {#${environment}}`,
    `${text(description)} ${text(expected).replace(/^./, (letter) => letter.toUpperCase())}.${isSecret ? ' Never printed.' : ''}`,
    `In the file: ${code(name)}. Default: ${defaultOf(name, defaultValue)}.`,
  ]);
  return page(
    'Settings',
    `Each is a variable of the environment, or a field of ${code('carrel.config.json')} in the working directory (by the name that is given with it), or an option of
${code('carrel serve')} where there is one. An option goes before the environment, and that before the file. ${code('carrel config')} shows what a
server is set to, and where each value came from. What cannot be read as said here ends the start with an error that names it.`,
    parts,
  );
}

/** Settings whose default is counted from the machine, which is not that of the reader. */
const BY_THE_MACHINE = ['poolSize'];

function defaultOf(name, value) {
  if (BY_THE_MACHINE.includes(name)) return 'by the machine';
  if (isUnset(value)) return 'none';
  return code(typeof value === 'object' ? JSON.stringify(value) : String(value).replace(homedir(), '~'));
}

const isUnset = (value) => value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
