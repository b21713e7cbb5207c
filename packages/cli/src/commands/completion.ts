import { Argument, type Command } from 'commander';
import type { Terminal } from '../terminal.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const HOW_TO = `
To use it:
  bash  carrel completion bash > ~/.local/share/bash-completion/completions/carrel
  zsh   carrel completion zsh > "\${fpath[1]}/_carrel"
  fish  carrel completion fish > ~/.config/fish/completions/carrel.fish`;

export function completionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('print a script that completes commands and options')
    .addArgument(new Argument('<shell>', 'for which shell').choices(SHELLS))
    .addHelpText('after', HOW_TO)
    .action((shell: Shell) => terminal.print(completionScript(shell, program)));
}

/** A place in the tree of commands: the words that lead there, and those that may follow. */
interface Place {
  path: string[];
  words: { word: string; description: string }[];
}

/** Every place in the tree, the root first. */
function placesOf(command: Command, path: string[] = []): Place[] {
  const global = command.parent ? globalOptions(command) : [];
  const own = command.options.filter(({ hidden }) => !hidden);
  const options = [...own, ...global].map(({ long, short, description }) => ({ word: long ?? short ?? '', description }));
  const subcommands = command.commands.map((sub) => ({ word: sub.name(), description: sub.description() }));
  const choices = command.registeredArguments.flatMap(({ argChoices = [], description }) =>
    argChoices.map((word) => ({ word, description })),
  );
  const help = { word: '--help', description: 'show help' };
  return [
    { path, words: [...subcommands, ...choices, ...options, help] },
    ...command.commands.flatMap((sub) => placesOf(sub, [...path, sub.name()])),
  ];
}

function globalOptions(command: Command): Command['options'] {
  let root = command;
  while (root.parent) root = root.parent;
  return root.options;
}

/** A script for a shell that completes what the program has now. */
export function completionScript(shell: Shell, program: Command): string {
  const places = placesOf(program);
  if (shell === 'bash') return bashScript(places);
  return shell === 'zsh' ? zshScript(places) : fishScript(places);
}

/** Which words of the line are commands is known from the tree; whatever else stands between is an argument. */
const pathPattern = ({ path }: Place) => (path.length === 0 ? '""' : `"${path.join(' ')}"`);
const commandNames = (places: readonly Place[]) => [...new Set(places.flatMap(({ path }) => path))].join('|');

function bashScript(places: readonly Place[]): string {
  const cases = places.map((place) => `    ${pathPattern(place)}) words="${place.words.map(({ word }) => word).join(' ')}" ;;`);
  return `# bash completion of carrel
_carrel() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" word next
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${commandNames(places)}) next="\${path:+$path }$word"; case "$next" in ${places
        .slice(1)
        .map(pathPattern)
        .join('|')}) path="$next" ;; esac ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _carrel carrel`;
}

function zshScript(places: readonly Place[]): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''").replaceAll(':', '\\:')}'`;
  const describe = ({ word, description }: Place['words'][number]) =>
    `'${word.replaceAll(':', '\\:')}:${description.replaceAll("'", "'\\''")}'`;
  const cases = places.map((place) => `    ${pathPattern(place)}) words_here=(${place.words.map(describe).join(' ')}) ;;`);
  return `#compdef carrel
_carrel() {
  local word_path='' word next
  local -a words_here
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${word_path:+$word_path }$word"
    case "$next" in
      ${places
        .slice(1)
        .map(({ path }) => quote(path.join(' ')))
        .join('|')}) word_path="$next" ;;
    esac
  done
  case "$word_path" in
${cases.join('\n')}
  esac
  _describe carrel words_here || _files
}
_carrel "$@"`;
}

function fishScript(places: readonly Place[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = places.flatMap(({ path, words }) => {
    const deeper = places.filter((other) => other.path.length === path.length + 1 && path.every((word, at) => other.path[at] === word));
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const notYet = deeper.length > 0 ? [`not __fish_seen_subcommand_from ${deeper.map((other) => other.path.at(-1)).join(' ')}`] : [];
    const condition = [...seen, ...notYet].join('; and ');
    return words.map(({ word, description }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c carrel -n ${quote(condition)} ${what} -d ${quote(description)}`;
    });
  });
  return ['# fish completion of carrel', ...lines].join('\n');
}
