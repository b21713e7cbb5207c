// The reference of the Python client, from its sources. What needs no asyncio is shown; the other half is made of the same words.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { code, fence, page, table, text } from './markdown.mjs';
import { declarationsIn } from './python-source.mjs';

/** Modules whose names are public as they are, with the titles of their pages. */
const MODULES = { params: 'What calls take', models: 'What calls answer', enums: 'Words' };
const NAMES = 'Names of fields are in camelCase on the wire.';
const ABOUT = {
  params: `Typed dictionaries, whose fields are the named arguments of calls. What is not ${'`Required`'} may be left out. ${NAMES}`,
  models: `Models of pydantic. ${NAMES}`,
  enums: 'What fields take; in an answer of a later server there may be others.',
};
const FOLDERS = ['_sync', '_http', '.'];
/** Named and not described: what is no declaration, and the other half. */
const isNotShown = (name) => name.startsWith('_') || name.startsWith('Async') || name in MODULES;

/**
 * @param directory of the sources: `python/src/carrel`
 * @returns {Promise<{title: string, path: string, content: string}[]>}
 */
export async function pythonPages(directory) {
  const modules = await modulesOf(directory);
  const declared = new Map([...modules].filter(([path]) => path !== '__init__').flatMap(([, all]) => all.map((one) => [one.name, one])));
  const exported = await exportsOf(modules.get('__init__') ?? []);
  const own = exported.filter((name) => !isNotShown(name) && declared.has(name));
  const missing = exported.filter((name) => !isNotShown(name) && !declared.has(name));
  if (missing.length > 0) throw new Error(`The Python client exports what its sources do not declare: ${missing.join(', ')}`);

  const inModules = new Map(Object.keys(MODULES).flatMap((module) => modules.get(module).map(({ name }) => [name, module])));
  const ofClient = new Set([...modules].filter(([path]) => path.startsWith('_sync/')).flatMap(([, all]) => all.map(({ name }) => name)));
  const pages = reachable(['Carrel', ...own], declared, ofClient).map((name) => whole(declared.get(name), declared));
  const others = withParts(
    own.filter((name) => !ofClient.has(name) && !inModules.has(name)),
    declared,
    inModules,
  );

  const places = new Map([
    ...[...inModules].map(([name, module]) => [name, `./${module}.md#${name.toLowerCase()}`]),
    ...others.map(({ name }) => [name, `./others.md#${name.toLowerCase()}`]),
    ...pages.map(({ name }) => [name, `./${name.toLowerCase()}.md`]),
  ]);
  const links = (written, from) => linksOf(written, from, places, declared);
  return [
    ...pages.map((one) => ({
      title: one.name,
      path: `python/${one.name.toLowerCase()}.md`,
      content: page(
        one.name,
        docOf(one.doc),
        one.members.map((member) => memberPart(member, one, links)),
      ),
    })),
    {
      title: 'Errors, options, functions',
      path: 'python/others.md',
      content: page(
        'Errors, options, functions',
        others.map((one) => shapePart(one, links)),
      ),
    },
    ...Object.entries(MODULES).map(([module, title]) => ({
      title,
      path: `python/${module}.md`,
      content: page(
        title,
        `${code(`carrel.${module}`)}. ${ABOUT[module]}`,
        modules
          .get(module)
          .filter(isWorthShowing)
          .map((one) => shapePart(one, links)),
      ),
    })),
  ];
}

/** All modules, by their path without the ending. */
async function modulesOf(directory) {
  const modules = new Map();
  for (const folder of FOLDERS) {
    const files = (await readdir(join(directory, folder))).filter((file) => file.endsWith('.py')).sort();
    for (const file of files) modules.set(join(folder, basename(file, '.py')), await declarationsIn(join(directory, folder, file)));
  }
  return modules;
}

/** What `__all__` lists. */
function exportsOf(declarations) {
  const list = declarations.find(({ name }) => name === '__all__')?.signatures[0] ?? '';
  return [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
}

const isCall = ({ kind, members, bases }) => kind === 'class' && members.length === 0 && bases.some((base) => base.endsWith('Options'));
/** What only joins the fields of a request and the options of a call is explained where it is taken. */
const isWorthShowing = (one) => !one.name.startsWith('_') && one.name !== 'ACTIONS' && !isCall(one);

const wordsOf = (written) => new Set(written.match(/\b[A-Z]\w+/g) ?? []);

/** The classes of the client, and those that their fields and methods give. */
function reachable(names, declared, ofClient) {
  const found = [];
  const queue = names.filter((name) => ofClient.has(name) && declared.get(name).kind === 'class');
  while (queue.length > 0) {
    const name = queue.shift();
    if (found.includes(name)) continue;
    found.push(name);
    const given = whole(declared.get(name), declared).members.flatMap(({ type, signatures }) =>
      type === undefined ? signatures.map((one) => one.slice(one.lastIndexOf('->'))) : [type],
    );
    for (const word of wordsOf(given.join(' '))) if (ofClient.has(word) && declared.get(word).kind === 'class') queue.push(word);
  }
  return found;
}

/** Declarations by name, each followed by those that only its fields name. */
function withParts(names, declared, elsewhere) {
  const all = names.flatMap((name) => {
    const one = declared.get(name);
    const parts = [...wordsOf(one.members.map(({ type }) => type ?? '').join(' '))].filter(
      (part) => declared.get(part)?.kind === 'class' && !names.includes(part) && !elsewhere.has(part),
    );
    return [one, ...parts.map((part) => declared.get(part))];
  });
  return [...new Set(all)];
}

/** A class with what it has of the classes that it is made of. */
function whole(declaration, declared) {
  const inherited = declaration.bases.flatMap((base) => (declared.has(base) ? whole(declared.get(base), declared).members : []));
  const members = new Map([...inherited.filter(({ name }) => name !== '__init__'), ...declaration.members].map((one) => [one.name, one]));
  const shown = [...members.values()].filter(({ name, doc }) => name !== '__init__' || doc !== '');
  return { ...declaration, members: shown.sort((a, b) => Number(b.name === '__init__') - Number(a.name === '__init__')) };
}

/** @param from the name that is written about */
function linksOf(written, from, places, declared) {
  const names = [...wordsOf(written)].flatMap((name) => {
    const one = declared.get(name);
    return one !== undefined && isCall(one) ? one.bases.map((base) => base.replace(/^.*\./, '')) : [name];
  });
  const known = [...new Set(names)].filter((name) => name !== from && places.has(name));
  return known.length === 0 ? '' : `Types: ${known.map((name) => `[${name}](${places.get(name)})`).join(', ')}`;
}

const titleOf = (member, one) => ({ __init__: `${one.name}(…)`, __call__: '(…)', __iter__: 'for … in' })[member.name] ?? member.name;

function memberPart(member, one, links) {
  const id = `${one.name}-${member.name}`.toLowerCase().replace(/_/g, '-');
  const written = member.signatures
    .join('\n')
    .replaceAll('def __init__(', `${one.name}(`)
    .replaceAll(/\) -> None$/gm, ')');
  return [`## ${text(titleOf(member, one))} {#${id}}`, fence('python', written), links(written, one.name), docOf(member.doc)];
}

/** Not for readers: what a class is made of in Python. */
const isTechnical = (base) => ['Model', 'TypedDict', 'Exception'].includes(base) || base.startsWith('Generic');

/** A class of fields, as a table; a function; or what a name stands for. */
function shapePart(one, links) {
  const heading = `## ${one.name} {#${one.name.toLowerCase()}}`;
  if (one.kind !== 'class') {
    const written = one.signatures.join('\n');
    // Of a table, what it holds is not for reading.
    return [heading, fence('python', written.replace(/ = \{$[\s\S]*/m, '')), links(written, one.name), docOf(one.doc)];
  }
  const fields = one.members.filter(({ type }) => type !== undefined);
  const rows = fields.map(({ name, type, doc }) => [code(name), code(type), docOf(doc)]);
  const bases = one.bases.filter((base) => !isTechnical(base));
  return [
    heading,
    docOf(one.doc),
    bases.length > 0 && `With what there is of ${bases.map(code).join(' and ')}.`,
    table(['field', 'type', ''], rows),
    links([...fields.map(({ type }) => type), ...bases].join(' '), one.name),
  ];
}

/** A docstring in Markdown: its examples as code, and its lists of arguments and errors as lists. */
function docOf(doc) {
  const [said = '', ...sections] = `\n${doc}`.split(/^(?=(?:Args|Raises):$|\S.*::$)/m);
  const parts = sections.map((section) => {
    const [head, ...rest] = section.split('\n');
    const end = rest.findIndex((line) => /^\S/.test(line));
    const [body, after] = end === -1 ? [rest, []] : [rest.slice(0, end), rest.slice(end)];
    const shown = head.endsWith('::')
      ? [head !== 'Example::' && prose(head.slice(0, -1)), fence('python', dedented(body))]
      : [`*${head}*`, list(dedented(body))];
    return [...shown, prose(after.join('\n'))].filter(Boolean).join('\n\n');
  });
  return [prose(said), ...parts].filter(Boolean).join('\n\n');
}

const prose = (written) => text(written.trim().replaceAll('``', '`'));

const list = (body) =>
  body
    .split(/\n(?=\S)/)
    .map((item) => `- ${prose(item.replace(/\s*\n\s*/g, ' ').replace(/^(\w+): /, '`$1`: '))}`)
    .join('\n');

function dedented(lines) {
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)[0].length), Number.MAX_SAFE_INTEGER);
  return lines
    .map((line) => line.slice(Math.min(indent, line.length)))
    .join('\n')
    .replace(/^\n+/, '')
    .trimEnd();
}
