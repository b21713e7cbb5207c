import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** What one can do with a client: for each class its members, and for each member the names of all that it takes. */
export interface Surface {
  /** By the path from the client, e.g. `tasks.run`; a field that is no method takes nothing. */
  readonly members: Record<string, string[]>;
  /** Names that the package gives away. */
  readonly exports: string[];
}

const ENTRY = fileURLToPath(new URL('../../../packages/sdk/src/index.ts', import.meta.url));
/** Classes of objects that one gets from the client, and where one gets them. */
const PARTS = { Browser: 'browser', EndUser: 'end_user', PageList: 'page_list' } as const;

export const snake = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();

/** Reads it off the sources of the SDK, by the compiler. */
export function surfaceOfTypeScript(): Surface {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    types: [],
  };
  const program = ts.createProgram([ENTRY], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(ENTRY);
  const entry = source && checker.getSymbolAtLocation(source);
  if (!entry) throw new Error(`${ENTRY} is no module`);
  const exported = new Map(checker.getExportsOfModule(entry).map((symbol) => [symbol.name, symbol]));
  const reader = new Reader(checker);
  const typeOf = (name: string) => {
    const symbol = exported.get(name);
    if (!symbol) throw new Error(`The SDK does not export ${name}.`);
    return checker.getDeclaredTypeOfSymbol(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  };
  reader.read(typeOf('Carrel'), '');
  for (const [name, path] of Object.entries(PARTS)) reader.read(typeOf(name), `${path}.`);
  return { members: reader.members, exports: [...exported.keys()] };
}

class Reader {
  readonly members: Record<string, string[]> = {};
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  read(type: ts.Type, prefix: string): void {
    for (const property of this.#checker.getPropertiesOfType(type)) {
      const declaration = property.declarations?.[0];
      if (!declaration || /^__|^#/.test(property.name) || property.name === 'prototype') continue;
      const path = `${prefix}${snake(property.name)}`;
      const its = this.#checker.getTypeOfSymbol(property);
      const [call] = its.getCallSignatures();
      const members = this.#checker.getPropertiesOfType(its).filter((member) => member.name !== 'prototype');
      const isResource = isOfSdk(its) && members.some((member) => this.#checker.getTypeOfSymbol(member).getCallSignatures().length > 0);
      if (call && !isResource) this.members[path] = this.#takenBy(its);
      else if (isResource) this.read(its, `${path}.`);
      else this.members[path] = [];
    }
  }

  /** The names of all that a method takes: its parameters, and the fields of those that are objects. */
  #takenBy(type: ts.Type): string[] {
    const names = new Set<string>();
    for (const signature of type.getCallSignatures()) {
      for (const parameter of signature.parameters) {
        const given = this.#checker.getNonNullableType(this.#checker.getTypeOfSymbol(parameter));
        for (const name of this.#namesOf(given, parameter.name)) names.add(name);
      }
    }
    return [...names].map(snake).sort();
  }

  #namesOf(type: ts.Type, name: string): string[] {
    const parts = type.isUnion() ? type.types : [this.#checker.getBaseConstraintOfType(type) ?? type];
    const isBag = parts.every((part) => this.#isBag(part));
    return isBag ? parts.flatMap((part) => this.#checker.getPropertiesOfType(part).map((property) => property.name)) : [name];
  }

  /** Whether a type is a bag of named values, rather than a value. */
  #isBag(type: ts.Type): boolean {
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return false;
    return (
      !this.#checker.isArrayType(type) &&
      type.getCallSignatures().length === 0 &&
      !/^(Uint8Array|ArrayBuffer|Blob)$/.test(type.symbol?.name ?? '')
    );
  }
}

/** Whether a type is declared in the sources of the SDK, and not in the language's own library. */
const isOfSdk = (type: ts.Type) =>
  (type.symbol?.declarations ?? []).some((one) => one.getSourceFile().fileName.includes('/packages/sdk/src/resources/'));
