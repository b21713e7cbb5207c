// The reference of the `carrel` command, from the program itself.
import { code, fence, page, table, text } from './markdown.mjs';

const defaultOf = (option) => (option.defaultValue === undefined ? '' : ` Default ${code(JSON.stringify(option.defaultValue))}.`);
const optionRows = (command) =>
  command.options.filter(({ hidden }) => !hidden).map((option) => [code(option.flags), text(option.description) + defaultOf(option)]);
const argumentRows = (command) =>
  command.registeredArguments.map((argument) => [
    code(argument.required ? `<${argument.name()}>` : `[${argument.name()}]`),
    text(argument.description),
  ]);

/** What stands below the options of a command's help, as the program writes it. */
function remarksOf(command) {
  let written = '';
  command.configureOutput({
    writeOut: (value) => {
      written += value;
    },
  });
  command.outputHelp();
  const end = command.helpInformation().trimEnd();
  const at = written.indexOf(end);
  return at === -1 ? '' : written.slice(at + end.length).trim();
}

function commandPart(command, words) {
  if (command.commands.length > 0) {
    return command.commands.filter(({ _hidden: isHidden }) => !isHidden).map((sub) => commandPart(sub, [...words, sub.name()]));
  }
  const remarks = remarksOf(command);
  return [
    `## ${words.join(' ')}`,
    `${text(command.description()).replace(/^./, (letter) => letter.toUpperCase())}.`,
    fence('text', ['carrel', ...words, command.usage()].join(' ')),
    table(['argument', ''], argumentRows(command)),
    table(['option', ''], optionRows(command)),
    remarks && fence('text', remarks),
  ];
}

/** @param program the whole command, as commander has it */
export function cliPage(program) {
  const remarks = remarksOf(program);
  return page(
    'Command line',
    `${code('npx carrel')} in a clone. ${code('carrel help')} shows the same in the terminal.`,
    table(['option of every command', ''], optionRows(program)),
    fence('text', remarks),
    commandPart(program, []),
  );
}
