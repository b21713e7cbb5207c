// What modules of Python declare, read from their text: the site is built on machines that have no Python, too.
import { readFile } from 'node:fs/promises';
import { parser } from '@lezer/python';

/**
 * @typedef {object} Member of a class, or a function of a module
 * @property {string} name
 * @property {string[]} signatures as written, but for `self`: one, or one for each overload
 * @property {string | undefined} type of a field
 * @property {string} doc what is written about it, dedented
 *
 * @typedef {object} Declaration
 * @property {'class' | 'function' | 'alias'} kind
 * @property {string} name
 * @property {string[]} bases of a class
 * @property {Member[]} members of a class, those that begin with an underscore left out, but for `__init__`, `__call__` and `__iter__`
 * @property {string[]} signatures of a function; the statement of an alias
 * @property {string} doc
 */

const SPECIAL = ['__init__', '__call__', '__iter__'];
const isPublic = (name) => !name.startsWith('_') || SPECIAL.includes(name);

const childrenOf = (node) => {
  const all = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) all.push(child);
  return all;
};

/** @returns {Promise<Declaration[]>} what the module declares, in its order */
export async function declarationsIn(path) {
  const source = await readFile(path, 'utf8');
  const tree = parser.parse(source);
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) throw new Error(`${path} cannot be read at ${from}: ${source.slice(from, from + 40)}`);
    },
  });
  return statementsOf(tree.topNode, source).flatMap(({ name, node, decorators, doc }) => {
    if (node.name === 'ClassDefinition') return [classOf(name, node, source)];
    if (node.name === 'FunctionDefinition')
      return [{ kind: 'function', ...functionOf({ name, node, decorators }, source), bases: [], members: [] }];
    return [{ kind: 'alias', name, doc, signatures: [source.slice(node.from, node.to)], bases: [], members: [] }];
  });
}

/** Declarations and assignments of a block, each with its decorators and with the text behind it, if one is. */
function statementsOf(block, source) {
  const statements = [];
  const children = childrenOf(block);
  for (const [index, child] of children.entries()) {
    const node = child.name === 'DecoratedStatement' ? child.lastChild : child;
    if (!['ClassDefinition', 'FunctionDefinition', 'AssignStatement'].includes(node.name)) continue;
    const decorators = childrenOf(child).filter(({ name }) => name === 'Decorator');
    statements.push({
      name: textOf(node.getChild('VariableName') ?? node.firstChild, source),
      node,
      decorators: decorators.map((decorator) => textOf(decorator, source).trim()),
      doc: docOf(children[index + 1], source),
    });
  }
  return statements;
}

function classOf(name, node, source) {
  const body = node.getChild('Body');
  const members = new Map();
  for (const statement of statementsOf(body, source)) {
    if (!isPublic(statement.name) || statement.name === 'model_config') continue;
    const member = statement.node.name === 'FunctionDefinition' ? functionOf(statement, source) : fieldOf(statement, source);
    const before = members.get(member.name);
    if (before?.isOverload !== true) members.set(member.name, member);
    else if (member.isOverload) before.signatures.push(...member.signatures);
    else members.set(member.name, { ...before, isOverload: false, doc: member.doc });
  }
  const list = node.getChild('ArgList');
  // What has a name of its own, such as `total=False`, is no base.
  const bases = (list === null ? [] : childrenOf(list)).filter(
    (child) => ['VariableName', 'MemberExpression'].includes(child.name) && child.nextSibling?.name !== 'AssignOp',
  );
  return {
    kind: 'class',
    name,
    bases: bases.map((base) => textOf(base, source)),
    members: [...members.values()].filter(({ signatures }) => signatures.length > 0),
    signatures: [],
    doc: docOf(childrenOf(body)[1], source),
  };
}

function functionOf({ name, node, decorators }, source) {
  const body = node.getChild('Body');
  const head = source
    .slice(node.from, body.from)
    .replace(/\s+/g, ' ')
    .replace(/\( | \)/g, (bracket) => bracket.trim())
    .replace(/,\)/, ')')
    .replace(/\(self(, (\/, )?)?/, '(');
  const isOverload = decorators.includes('@overload');
  const shown = decorators.filter((decorator) => decorator !== '@overload');
  return { name, isOverload, signatures: [[...shown, head].join('\n')], type: undefined, doc: docOf(childrenOf(body)[1], source) };
}

function fieldOf({ name, node, doc }, source) {
  const type = node.getChild('TypeDef');
  if (type === null) return { name, signatures: [], type: undefined, doc };
  const written = textOf(type, source).replace(/^:\s*/, '').replace(/\s+/g, ' ');
  return { name, signatures: [`${name}: ${written}`], type: written, doc };
}

const textOf = (node, source) => source.slice(node.from, node.to);

/** The text of a statement that is a string and nothing else. */
function docOf(node, source) {
  if (node?.name !== 'ExpressionStatement' || node.firstChild?.name !== 'String') return '';
  const [first, ...rest] = textOf(node, source)
    .replace(/^r?"""|"""$/g, '')
    .trim()
    .split('\n');
  const indents = rest.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)[0].length);
  const indent = Math.min(...indents, Number.MAX_SAFE_INTEGER);
  return [first, ...rest.map((line) => line.slice(Math.min(indent, line.length)))].join('\n');
}
