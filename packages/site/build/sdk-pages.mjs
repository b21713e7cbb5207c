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

function membersOf(node) {
  const groups = new Map();
  for (const member of node.members.filter((one) => !isHidden(one))) {
    const name = ts.isConstructorDeclaration(member) ? `new ${node.name.text}` : (member.name?.getText() ?? '');
    groups.set(name, [...(groups.get(name) ?? []), member]);
  }
  return [...groups].map(([name, members]) => [
    `### ${text(name)} {#${node.name.text.toLowerCase()}-${name.toLowerCase().replace(/\W+/g, '-')}}`,
    fence('ts', members.map(signatureOf).join('\n')),
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
  const names = await exportsOf(directory);
  const own = names.map((name) => declared.get(name)).filter((one) => one !== undefined);
  const isPage = ({ file, node }) => hasMembers(node) && (file === 'client.d.ts' || file.startsWith('resources/'));
  const pages = own.filter((one) => isPage(one) && membersOf(one.node).length > 2);
  const rest = own.filter((one) => !pages.includes(one));
  const part = ({ node }) => [
    `## ${node.name.text}`,
    hasMembers(node) ? [docOf(node), membersOf(node)] : [fence('ts', signatureOf(node)), docOf(node)],
  ];
  return [
    ...pages.map(({ node }) => ({
      title: node.name.text,
      path: `sdk/${node.name.text.toLowerCase()}.md`,
      content: page(
        node.name.text,
        docOf(node),
        membersOf(node).map((member) => [member[0].replace('###', '##'), ...member.slice(1)]),
      ),
    })),
    { title: 'Errors, options, functions', path: 'sdk/others.md', content: page('Errors, options, functions', rest.map(part)) },
  ];
}
