// The reference of the TypeScript client, from its declarations. They are read as written, so that a type keeps the name that it has there
// (typedoc shows what each alias stands for, which for answers of the API is half a page).
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { fence, page, text } from './markdown.mjs';

const isInternal = (member) => (member.jsDoc ?? []).some(({ tags }) => (tags ?? []).some(({ tagName }) => tagName.text === 'internal'));
const isHidden = (member) =>
  isInternal(member) ||
  ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected) ||
  (member.name !== undefined && ts.isPrivateIdentifier(member.name));

const commentOf = (value) => (typeof value === 'string' ? value : (value ?? []).map((part) => partOf(part)).join(''));
const partOf = (part) => (part.kind === ts.SyntaxKind.JSDocText ? part.text : code(part));
const code = (part) => `\`${part.name?.getText() ?? ''}${part.text ?? ''}\``;

function docOf(node) {
  const [doc] = (node.jsDoc ?? []).slice(-1);
  if (doc === undefined) return [];
  const tags = (doc.tags ?? []).flatMap((tag) => {
    const comment = commentOf(tag.comment);
    if (tag.tagName.text === 'example') return [fence('ts', comment)];
    if (tag.tagName.text === 'param') return [`- \`${tag.name.getText()}\`: ${text(comment.replace(/^- /, ''))}`];
    const said = tag.tagName.text === 'throws' ? `${tag.typeExpression?.getText().slice(1, -1) ?? ''} ${comment}`.trim() : comment;
    return [`*${tag.tagName.text}* ${text(said)}`];
  });
  return [text(commentOf(doc.comment)), ...tags];
}

/** A declaration as it is written, without the comments in it. */
const signatureOf = (node) => ts.createPrinter({ removeComments: true }).printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());

/** Where the types of the API that a declaration names are described. */
function linksOf(nodes, types) {
  const names = [...types.keys()].filter((name) => nodes.some((node) => new RegExp(`\\b${name}\\b`).test(node.getText())));
  return names.length === 0
    ? ''
    : `Types: ${names.map((name) => `[${name}](../api/types.md#${types.get(name).toLowerCase()})`).join(', ')}`;
}

/** The names that types of the API have here, with those that they have there. */
function typesOf(declared) {
  const types = [...declared].filter(([, { file }]) => file === 'types.d.ts');
  const named = types.map(([name, { node }]) => [name, /Schemas\['(\w+)'\];$/.exec(node.getText())?.[1]]);
  return new Map(named.filter(([, schema]) => schema !== undefined));
}

function membersOf(node, types) {
  const groups = new Map();
  for (const member of node.members.filter((one) => !isHidden(one))) {
    const name = ts.isConstructorDeclaration(member) ? `new ${node.name.text}` : (member.name?.getText() ?? '');
    groups.set(name, [...(groups.get(name) ?? []), member]);
  }
  return [...groups].map(([name, members]) => [
    `### ${text(name)} {#${node.name.text.toLowerCase()}-${name.toLowerCase().replace(/\W+/g, '-')}}`,
    fence('typescript', members.map(signatureOf).join('\n')),
    linksOf(members, types),
    members.flatMap(docOf),
  ]);
}

const isExported = (node) => ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export;

/** @param directory of the declarations that the compiler wrote: `dist` of the SDK */
async function declarationsOf(directory) {
  const files = (await readdir(directory, { recursive: true })).filter((file) => file.endsWith('.d.ts') && !file.includes('testing'));
  const declared = new Map();
  for (const file of files.sort()) {
    const source = ts.createSourceFile(file, await readFile(join(directory, file), 'utf8'), ts.ScriptTarget.Latest, true);
    for (const node of source.statements) if (node.name !== undefined && isExported(node)) declared.set(node.name.text, { file, node });
  }
  return declared;
}

/** The names that the package exports, in the order of its index. */
async function exportsOf(directory) {
  const source = ts.createSourceFile('index.d.ts', await readFile(join(directory, 'index.d.ts'), 'utf8'), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((node) => node.exportClause?.elements?.map(({ name }) => name.text) ?? []);
}

const hasMembers = (node) => ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node);

/** @returns {Promise<{title: string, path: string, content: string}[]>} */
export async function sdkPages(directory) {
  const declared = await declarationsOf(directory);
  const types = typesOf(declared);
  const names = await exportsOf(directory);
  const own = names.map((name) => declared.get(name)).filter((one) => one !== undefined);
  const isPage = ({ file, node }) => hasMembers(node) && (file === 'client.d.ts' || file.startsWith('resources/'));
  const pages = own.filter((one) => isPage(one) && membersOf(one.node, types).length > 2);
  const rest = own.filter((one) => !pages.includes(one));
  const part = ({ node }) => [
    `## ${node.name.text}`,
    hasMembers(node)
      ? [docOf(node), membersOf(node, types)]
      : [fence('typescript', signatureOf(node)), linksOf([node], types), docOf(node)],
  ];
  return [
    ...pages.map(({ node }) => ({
      title: node.name.text,
      path: `sdk/${node.name.text.toLowerCase()}.md`,
      content: page(
        node.name.text,
        docOf(node),
        membersOf(node, types).map((member) => [member[0].replace('###', '##'), ...member.slice(1)]),
      ),
    })),
    { title: 'Errors, options, functions', path: 'sdk/others.md', content: page('Errors, options, functions', rest.map(part)) },
  ];
}
