/** The tables of docs/protocol.md, from JSON schemas. */

const code = (text) => `\`${text}\``;
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head, rows) =>
  [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`)].join('\n');

/** A schema in a few words. */
function typeOf(schema) {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(value)).join(' ');
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return [...new Set(options.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `array of ${typeOf(schema.items ?? {})}${bounds(schema.minItems, schema.maxItems, 'items')}`;
  if (schema.type === 'object') {
    const required = schema.required ?? [];
    const names = Object.keys(schema.properties ?? {}).map((name) => (required.includes(name) ? name : `${name}?`));
    return names.length > 0 ? code(`{${names.join(', ')}}`) : 'object';
  }
  if (schema.type === 'integer')
    return `integer${bounds(schema.minimum ?? (schema.exclusiveMinimum === undefined ? undefined : schema.exclusiveMinimum + 1), safe(schema.maximum))}`;
  if (schema.type === 'number') return `number${bounds(schema.minimum, schema.maximum)}`;
  return schema.format === 'date-time' ? 'ISO 8601 time' : (schema.type ?? 'any');
}

/** Limits that say only what an integer is are left out. */
function safe(limit) {
  return limit === Number.MAX_SAFE_INTEGER ? undefined : limit;
}

function bounds(min, max, unit = '') {
  const from = min === undefined || min === -Number.MAX_SAFE_INTEGER ? undefined : min;
  if (from === undefined && max === undefined) return '';
  const text = max === undefined ? `≥ ${from}` : from === undefined ? `at most ${max}` : `${from}–${max}`;
  return `, ${[text, unit].filter(Boolean).join(' ')}`;
}

function note(schema, required) {
  const fallback = schema.default === undefined ? '' : `Without it ${code(JSON.stringify(schema.default))}.`;
  return [required ? '' : fallback || 'Optional.', schema.description ?? ''].filter(Boolean).join(' ');
}

/** The fields of an object. */
export function listFields(schema) {
  const object = schema.properties ? schema : ((schema.allOf ?? schema.anyOf ?? []).find(({ properties }) => properties) ?? {});
  const rows = Object.entries(object.properties ?? {}).map(([name, field]) => [
    code(name),
    typeOf(field),
    note(field, object.required?.includes(name)),
  ]);
  return rows.length > 0 ? table(['field', 'type', ''], rows) : 'No fields.';
}

/** The calls of one side. `asked`: the agent asks, so that its params may leave defaults out. */
export function listAgentRequests(requests, schemaOf, asked) {
  return Object.entries(requests)
    .map(([method, { about, params, result }]) => {
      const answer = schemaOf(result, asked ? 'output' : 'input');
      const answered = Object.keys(answer.properties ?? {}).length > 0 ? `Answer:\n\n${listFields(answer)}` : 'Answer: `{}`.';
      return `#### \`${method}\`\n\n${about}\n\n${listFields(schemaOf(params, 'input'))}\n\n${answered}`;
    })
    .join('\n\n');
}

/** The events of `task/event`. */
export function listReports(schema) {
  const rows = (schema.oneOf ?? schema.anyOf).map(({ properties: { type, ...fields }, required = [] }) => [
    code(type.const),
    Object.entries(fields)
      .map(([name, field]) => `${code(required.includes(name) ? name : `${name}?`)} ${typeOf(field)}`)
      .join('; '),
  ]);
  return table(['`type`', 'fields'], rows);
}

/** The REST table. */
export function listRoutes(routes) {
  const rows = routes.map(({ method, path, about, attempt }) => [
    code(`${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
    about,
    attempt ? 'yes' : '',
  ]);
  return table(['call', '', 'attempt token'], rows);
}

const CLOSE = {
  superseded: 'Another session said hello under this name. Do not come back by yourself.',
  badFrame: 'Too many frames were not JSON-RPC 2.0.',
  noHello: 'No hello came in time.',
  version: 'The tower speaks another protocol version; the reason says which side to update. Do not come back by yourself.',
  revoked: 'The token was revoked or rotated. Read the address file again; with a token of your own, ask for a new one.',
  signedOut: 'Of a team tower: the person was signed out, or has another role by now. Sign in again.',
  expired: 'Of a team tower: the token of the person is over. Open the socket anew with the next one; name the last `seq`.',
};
const ERRORS = {
  invalid: 'A parameter is wrong; the message names it. Sending the same again will not help.',
  not_found: 'There is no such task or agent.',
  conflict: 'Not in this state, such as a report on an attempt that has ended. Stop working on it.',
  forbidden: 'Not with this token, or it is someone else’s.',
  unavailable: 'The tower cannot write now. Send it again later.',
  too_large: 'Too large; the message says how much is allowed.',
  gap: 'A number in `seq` is missing. `data.expected` is the number to send.',
};

export function listCloseCodes(codes) {
  return table(
    ['code', ''],
    Object.entries(codes).map(([name, value]) => [value, described(CLOSE, name)]),
  );
}

export function listErrors(codes) {
  return table(
    ['code', 'name', ''],
    Object.entries(codes).map(([name, value]) => [value, code(name), described(ERRORS, name)]),
  );
}

/** @throws when a code was added and nobody said what it means. */
function described(texts, name) {
  if (!texts[name]) throw new Error(`scripts/protocolTables.mjs does not say what ${name} means.`);
  return texts[name];
}

/** The presets, a table a group. */
export function listPresets(presets) {
  const groups = Map.groupBy(presets, ({ group }) => group);
  const line = ({ name, about, install, config }) => {
    const runs = config.command ? `\`${config.command.join(' ')}\`` : `<${config.url}>`;
    return `| ${name} | ${about} | ${runs} | ${install} |`;
  };
  const head = '| Preset | What it does | Runs | Comes from |\n| --- | --- | --- | --- |';
  return [...groups].map(([group, list]) => `### ${group}\n\n${head}\n${list.map(line).join('\n')}`).join('\n\n');
}
