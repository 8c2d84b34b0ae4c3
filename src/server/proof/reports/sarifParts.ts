import { decodeUri, filePath } from './filePath';
import { number, object, objects, string, type JsonObject } from './json';
import type { RawFinding } from './report';

/** How many bases may stand on each other. */
const MAX_BASES = 10;
const MAX_URI = 3000;
/** A URI with a scheme (RFC 3986 §3.1). */
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;

/** The rules of a run's tool and its extensions (§3.18, §3.19.23). */
export class SarifRules {
  private readonly byId = new Map<unknown, Map<string, JsonObject>>();

  constructor(private readonly run: JsonObject) {}

  /** The id of a result's rule, and what the tool says about that rule (§3.27.5 to §3.27.7, §3.52). */
  of(result: JsonObject): { id: string | undefined; about: JsonObject | undefined } {
    const reference = object(result.rule);
    const tool = object(this.run.tool);
    const extension = number(object(reference?.toolComponent)?.index);
    const rules = (extension === undefined ? object(tool?.driver) : at(tool?.extensions, extension))?.rules;
    const id = string(result.ruleId) ?? string(reference?.id);
    const about = at(rules, number(result.ruleIndex) ?? number(reference?.index)) ?? this.find(rules, id);
    return { id: id ?? string(about?.id), about };
  }

  /** `CA1000/1` is a part of the rule `CA1000` (§3.27.5). */
  private find(rules: unknown, id: string | undefined): JsonObject | undefined {
    if (id === undefined || !Array.isArray(rules)) return undefined;
    const known = this.byId.get(rules) ?? new Map(objects(rules).map((rule) => [string(rule.id) ?? '', rule]));
    this.byId.set(rules, known);
    return known.get(id) ?? known.get(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
  }
}

/** The text of a result, from its rule when it stands there, with arguments filled in (§3.11). */
export function messageOf(result: JsonObject, about: JsonObject | undefined): string | undefined {
  const message = object(result.message);
  const shared = object(object(about?.messageStrings)?.[string(message?.id) ?? '']);
  const text = string(message?.text) ?? string(shared?.text) ?? string(message?.markdown);
  const values = Array.isArray(message?.arguments) ? (message.arguments as unknown[]) : [];
  return text?.slice(0, 10_000).replace(/\{(\d{1,3})\}/g, (whole, n: string) => string(values[Number(n)])?.slice(0, 1000) ?? whole);
}

/** Where a result is: its first physical location (§3.28, §3.29, §3.30). */
export function locationOf(run: JsonObject, result: JsonObject, root?: string): Pick<RawFinding, 'file' | 'line' | 'column'> {
  const physical = object(objects(result.locations)[0]?.physicalLocation);
  const reference = object(physical?.artifactLocation);
  const artifact = object(at(run.artifacts, number(reference?.index))?.location);
  const region = object(physical?.region);
  const uri = string(reference?.uri) ?? string(artifact?.uri);
  const base = string(reference?.uriBaseId) ?? string(artifact?.uriBaseId);
  return { file: uri && fileOf(run, uri, base, root), line: number(region?.startLine), column: number(region?.startColumn) };
}

/** A relative URI stands on its base; a base that says nothing, or leads out of `root`, is the root (§3.4.4, §3.14.14). */
function fileOf(run: JsonObject, uri: string, baseId: string | undefined, root: string | undefined): string | undefined {
  if (ABSOLUTE.test(uri)) return uri;
  let path = uri;
  const bases = object(run.originalUriBaseIds);
  for (let depth = 0, id = baseId; id !== undefined && depth < MAX_BASES && !ABSOLUTE.test(path); depth++) {
    const base = object(bases?.[id]);
    path = `${string(base?.uri) ?? ''}${path}`;
    id = string(base?.uriBaseId);
  }
  if (path.length > MAX_URI) return undefined;
  const whole = ABSOLUTE.test(path) ? path : decodeUri(path);
  return filePath(whole, root) ?? decodeUri(uri);
}

function at(list: unknown, index: number | undefined): JsonObject | undefined {
  return Array.isArray(list) && index !== undefined ? object((list as unknown[])[index]) : undefined;
}
