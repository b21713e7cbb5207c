// What the server answers, as pydantic models; what it takes, as typed dictionaries; both from the OpenAPI document.
import { camel, classOf, docstring, fieldOf, pascal, snake } from './names.mjs';
import { Enumerations, TypeWriter } from './types.mjs';

/** Fields that nobody wants to see in a log. */
const SECRET = new Set(['cdpUrl', 'secret']);
/** The options of a call, which stand beside the fields of its request. */
const OPTIONS = ['timeout', 'max_retries', 'idempotency_key'];

const operationsOf = (document) => Object.values(document.paths).flatMap((methods) => Object.values(methods));
const refOf = (content) => content?.['application/json']?.schema?.$ref?.split('/').at(-1);

/** A list is `Page[…]` in Python. */
const isList = (schema) => JSON.stringify(Object.keys(schema.properties ?? {})) === '["data","nextCursor"]';

/** Names on the wire and in Python. Where there is a field in both spellings, the answer has it twice. */
function fieldsOf(schema, spell) {
  const names = Object.keys(schema.properties);
  return names.filter((name) => !name.slice(1).includes('_') || !names.includes(camel(name))).map((name) => [name, spell(name)]);
}

const describe = ({ description }, indent) => (description ? docstring(description, indent) : '');

function defineModel(name, schema, typeOf) {
  const required = new Set(schema.required);
  const lines = fieldsOf(schema, fieldOf).map(([wire, field]) => {
    const isRequired = required.has(wire);
    const type = typeOf(wire);
    const optional = isRequired || type === 'Any' || type.endsWith('None') ? type : `${type} | None`;
    const settings = [
      ...(isRequired ? [] : ['default=None']),
      ...(camel(field) === wire ? [] : [`alias=${JSON.stringify(wire)}`]),
      ...(SECRET.has(wire) ? ['repr=False'] : []),
    ];
    const isPlain = settings.length === 0 || settings.join() === 'default=None';
    const value = isPlain ? (isRequired ? '' : ' = None') : ` = Field(${settings.join(', ')})`;
    return `    ${field}: ${optional}${value}\n${describe(schema.properties[wire], '    ')}`;
  });
  return `class ${name}(Model):\n${describe(schema, '    ')}${lines.join('')}`;
}

function defineRequest(name, schema, typeOf) {
  const required = new Set(schema.required);
  const lines = fieldsOf(schema, snake).map(([wire, field]) => {
    if (camel(field) !== wire) throw new Error(`${name}.${wire} cannot be made of ${field}: requests need names in camelCase.`);
    const type = typeOf(wire);
    return `    ${field}: ${required.has(wire) ? `Required[${type}]` : type}\n${describe(schema.properties[wire], '    ')}`;
  });
  return `@with_config(REQUEST)\nclass ${name}(TypedDict, total=False):\n${describe(schema, '    ')}${lines.join('')}`;
}

/** The words of a module of types, imported. */
const importsOf = (writer) =>
  [...writer.usedEnumerations]
    .sort((a, b) => a.localeCompare(b))
    .map((name) => `    ${name},\n`)
    .join('');

function modelsModule(document, enumerations, notice) {
  const { schemas } = document.components;
  const writer = new TypeWriter(schemas, enumerations, {
    list: 'list',
    dict: 'dict',
    time: 'datetime',
    word: (name) => `OrNewer[${name}]`,
    define: defineModel,
  });
  for (const operation of operationsOf(document)) {
    for (const [status, response] of Object.entries(operation.responses)) {
      const name = refOf(response.content);
      if (name === undefined || !(status.startsWith('2') || name === 'Error')) continue;
      if (isList(schemas[name])) writer.of(schemas[name].properties.data.items, name);
      else writer.named(name);
    }
  }
  return `# ${notice}
"""What the server answers. Fields that a later server adds are kept, under their names on the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from ._model import Model, OrNewer
from .enums import (
${importsOf(writer)})

StorageState = dict[str, Any]
"""State in the form of Playwright's \`context.storage_state(indexed_db=True)\`, which takes it as it is."""

${[...writer.classes.values()].join('\n')}`;
}

/** What one call takes: the fields of its request, or of its query, and its options. */
function callOf(operation, base) {
  const isCreation = (operation.parameters ?? []).some(({ name }) => name === 'Idempotency-Key');
  return `class ${pascal(operation.operationId)}Call(${base}, ${isCreation ? 'CreateOptions' : 'CallOptions'}, total=False):
    """What the call takes: ${operation.summary ?? operation.operationId}"""
`;
}

function queryOf(operation) {
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  // Logs that are read by the number of a line are read by hand; see event_log.py and recordings.py.
  if (parameters.length === 0 || parameters.some(({ name }) => name === 'after' || name === 'atMs' || name === 'fromMs')) return undefined;
  const properties = Object.fromEntries(parameters.map(({ name, schema, description }) => [name, { description, ...schema }]));
  return { type: 'object', properties, required: parameters.filter(({ required }) => required).map(({ name }) => name) };
}

function paramsModule(document, enumerations, notice) {
  const { schemas } = document.components;
  const writer = new TypeWriter(schemas, enumerations, {
    list: 'Sequence',
    dict: 'Mapping',
    time: 'str',
    word: (name) => name,
    define: defineRequest,
  });
  const calls = [];
  for (const operation of operationsOf(document)) {
    const request = refOf(operation.requestBody?.content);
    const query = queryOf(operation);
    if (request !== undefined) {
      const fields = Object.keys(schemas[request].properties ?? {}).map(snake);
      const taken = fields.filter((field) => OPTIONS.includes(field));
      if (taken.length > 0) throw new Error(`${request}.${taken[0]} is named as an option of every call: name it otherwise.`);
      const base = writer.named(request);
      if (schemas[request].properties !== undefined) calls.push(callOf(operation, classOf(base)));
    } else if (query !== undefined) {
      const name = `${pascal(operation.operationId)}Query`;
      writer.of(query, name);
      calls.push(callOf(operation, name));
    }
  }
  const actions = schemas.Action.oneOf.map(({ properties }) => properties.type.const);
  enumerations.nameOf(actions, 'ActionType');
  return `# ${notice}
"""What calls take. Names are in snake_case here and in camelCase on the wire."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import with_config
from typing_extensions import Required, TypedDict

from ._http.request import CallOptions, CreateOptions
from ._model import REQUEST
from .enums import (
${importsOf(writer)})

StorageState = Mapping[str, Any]
"""State in the form of Playwright's \`context.storage_state(indexed_db=True)\`, as it is."""

${[...writer.classes.values()].join('\n')}
ACTIONS: dict[str, Any] = {
${actions.map((type) => `    ${JSON.stringify(type)}: ${pascal(type)}Action,\n`).join('')}}
"""The actions by their type."""

${calls.join('\n')}`;
}

/** `execute`, with the fields of each action. */
function actionsModule(document, notice) {
  const types = document.components.schemas.Action.oneOf.map(({ properties }) => properties.type.const);
  const overloads = types.map(
    (type) => `    @overload
    async def execute(
        self, *, timeout: float | None = ..., max_retries: int | None = ..., **action: Unpack[params.${pascal(type)}Action]
    ) -> ActionResult: ...
`,
  );
  return `# ${notice}
from typing import Any, overload

from typing_extensions import Unpack

from .. import params
from .._http.request import CallOptions
from .._wire import parted
from ..models import ActionResult


class AsyncActs:
    """Does actions."""

    async def _act(self, action: dict[str, Any], options: CallOptions) -> ActionResult:
        raise NotImplementedError

    @overload
    async def execute(
        self, action: params.Action, /, *, timeout: float | None = ..., max_retries: int | None = ...
    ) -> ActionResult: ...
${overloads.join('')}    async def execute(self, *given: Any, **fields: Any) -> ActionResult:
        """Does one action. One that fails on the page is an answer too, with \`success\` false: look at it.

        Example::

            result = await browser.execute(type="click", ref="e12")
            if not result.success:
                print(result.failure, result.message)
        """
        action, options = parted({**dict(*given), **fields})
        return await self._act(action, options)
`;
}

/** Errors of the catalogue, for those who handle them by their code. */
function errorsModule(errors, notice) {
  const codes = Object.entries(errors).map(([code, { status }]) => `    ${JSON.stringify(code)}: ${status},`);
  return `# ${notice}
"""The HTTP status of each error code of the API."""

from .enums import ErrorCode

ERROR_STATUS: dict[ErrorCode, int] = {
${codes.join('\n')}
}
`;
}

/**
 * The generated modules of the Python client, by their paths in its package.
 *
 * @param {any} document the OpenAPI document
 * @param {Record<string, {status: number}>} errors the catalogue
 * @param {string} notice the first line of each
 */
export function pythonModels(document, errors, notice) {
  const enumerations = new Enumerations();
  const models = modelsModule(document, enumerations, notice);
  const params = paramsModule(document, enumerations, notice);
  return {
    'models.py': models,
    'params.py': params,
    'enums.py': enumerations.toPython(notice),
    '_error_status.py': errorsModule(errors, notice),
    '_async/acts.py': actionsModule(document, notice),
  };
}
