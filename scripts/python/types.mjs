// The types of the contract as Python writes them.
import { better, classOf, docstring, pascal, singular } from './names.mjs';

const isObject = (schema) => schema.type === 'object' && schema.properties !== undefined;

/**
 * State as Playwright has it goes from one to the other as it is, in Playwright's own spelling; and JSON is JSON.
 * @type {Record<string, string>}
 */
const PLAIN = { Json: 'Any', StorageState: 'StorageState' };

/** Collects the enumerations of the contract, each under the name where it comes first. */
export class Enumerations {
  #names = new Map();
  /** By name, in the order of their names. */
  values = new Map();

  nameOf(values, wanted) {
    const key = JSON.stringify(values);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    if (this.values.has(wanted)) throw new Error(`Two enumerations would be named ${wanted}: give one a better name.`);
    this.#names.set(key, wanted);
    this.values.set(wanted, values);
    return wanted;
  }

  toPython(notice) {
    const sorted = [...this.values].sort(([a], [b]) => a.localeCompare(b));
    const lines = sorted.map(
      ([name, values]) => `${name} = Literal[\n${values.map((value) => `    ${JSON.stringify(value)},\n`).join('')}]`,
    );
    return `# ${notice}
"""The words that fields of requests and answers take."""

from typing import Literal

${lines.join('\n')}
`;
  }
}

/** Writes the types of one Python module, and collects the classes that it needs, each after those that it is made of. */
export class TypeWriter {
  /** Names of enumerations that were used. */
  usedEnumerations = new Set();
  /** Whole definitions, in order. */
  classes = new Map();
  #schemas;
  #enumerations;
  #style;

  /**
   * @param {Record<string, any>} schemas of the contract
   * @param {Enumerations} enumerations
   * @param {{list: string, dict: string, time: string, word: (name: string) => string, define: (name: string, schema: any, typeOf: (property: string) => string) => string}} style
   */
  constructor(schemas, enumerations, style) {
    this.#schemas = schemas;
    this.#enumerations = enumerations;
    this.#style = style;
  }

  /** The class of a schema of the contract, by its name there. */
  named(name) {
    if (PLAIN[name] !== undefined) return PLAIN[name];
    const schema = this.#schemas[name];
    if (isObject(schema)) return this.#class(classOf(name), schema, name);
    const type = this.of(schema, name);
    if (!this.classes.has(name))
      this.classes.set(name, `${name} = ${type}\n${schema.description ? docstring(schema.description, '') : ''}`);
    return name;
  }

  /** The type of a schema; `name` is what it is called if it is a class or an enumeration of its own. */
  of(schema, name) {
    if (schema.$ref !== undefined) return this.named(schema.$ref.split('/').at(-1));
    const options = schema.anyOf ?? schema.oneOf;
    if (options !== undefined) return this.#union(options, name);
    if (Array.isArray(schema.type)) {
      return this.#union(
        schema.type.map((type) => ({ ...schema, type })),
        name,
      );
    }
    if (schema.const !== undefined) return `Literal[${schema.const === true ? 'True' : JSON.stringify(schema.const)}]`;
    if (schema.enum !== undefined) return this.#word(schema.enum, name);
    return this.#simple(schema, name);
  }

  #simple(schema, name) {
    const { list, dict, time } = this.#style;
    switch (schema.type) {
      case 'string':
        return schema.format === 'date-time' ? time : 'str';
      case 'integer':
        return 'int';
      case 'number':
        return 'float';
      case 'boolean':
        return 'bool';
      case 'null':
        return 'None';
      case 'array':
        return `${list}[${this.of(schema.items, singular(name))}]`;
      case 'object':
        if (isObject(schema)) return this.#class(better(name), schema, better(name));
        return `${dict}[str, ${this.of(schema.additionalProperties ?? {}, singular(name))}]`;
      default:
        return 'Any';
    }
  }

  #union(options, name) {
    const isOneOfSeveral = options.filter(isObject).length > 1;
    const nameOf = ({ properties, required = [] }) => {
      if (properties.type?.const !== undefined) return `${pascal(properties.type.const)}${name}`;
      return isOneOfSeveral ? `${name}${pascal(required[0])}` : name;
    };
    const types = options.map((option) => this.of(option, isObject(option) ? nameOf(option) : name));
    if (types.includes('Any')) return 'Any';
    return [...new Set(types)].sort((a, b) => Number(a === 'None') - Number(b === 'None')).join(' | ');
  }

  #word(values, name) {
    const known = this.#enumerations.nameOf(values, better(name));
    this.usedEnumerations.add(known);
    return this.#style.word(known);
  }

  #class(name, schema, path) {
    if (!this.classes.has(name)) {
      const typeOf = (property) => this.of(schema.properties[property], `${path}${pascal(property)}`);
      const definition = this.#style.define(name, schema, typeOf);
      if (this.classes.has(name)) throw new Error(`Two classes would be named ${name}: give one a better name.`);
      this.classes.set(name, definition);
    }
    return name;
  }
}
