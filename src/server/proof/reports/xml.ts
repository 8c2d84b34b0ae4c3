import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { HumanError } from '../../base/errors';
import { cleanLine } from '../../domain/text';
import { refuseMany } from './reportText';

const MAX_DEPTH = 100;
const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
/** What may stand before the root (XML 1.0 §2.8). A DOCTYPE only names a DTD here, which is never fetched. */
const PROLOG = /\s+|<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE\s+[^\s[\]<>"']+(?:\s+(?:SYSTEM|PUBLIC)(?:\s*(?:"[^"]*"|'[^']*'))+)?\s*>/y;
const ROOT = /<([a-z_][\w.:-]*)/iy;

/** Where the root element of a document begins and what it is called; `declares` when a DOCTYPE declares something itself. */
export interface XmlStart {
  at: number;
  root: string;
  declares: boolean;
}

/** Looks at the beginning of an XML document. @returns undefined when `text` is none. */
export function xmlStart(text: string): XmlStart | undefined {
  PROLOG.lastIndex = 0;
  let at = 0;
  while (PROLOG.test(text)) at = PROLOG.lastIndex;
  ROOT.lastIndex = at;
  const root = ROOT.exec(text)?.[1];
  if (root) return { at, root, declares: false };
  return text.startsWith('<!DOCTYPE', at) ? { at, root: '', declares: true } : undefined;
}

/** One element; its children are made when they are asked for, so that a large document is not held twice. */
export class XmlElement {
  constructor(private readonly node: Readonly<Record<string, unknown>>) {}

  get name(): string {
    return Object.keys(this.node).find((key) => key !== ':@') ?? '';
  }

  attribute(name: string): string | undefined {
    const attributes = this.node[':@'] as Readonly<Record<string, unknown>> | undefined;
    const value = attributes && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  }

  /** The child elements in order, all or those of a name. */
  children(name?: string): XmlElement[] {
    const nodes = this.nodes.filter((node) => (name === undefined ? !Object.hasOwn(node, '#text') : Object.hasOwn(node, name)));
    return nodes.map((node) => new XmlElement(node));
  }

  /** The text directly in the element. */
  get text(): string {
    return this.nodes.flatMap((node) => (typeof node['#text'] === 'string' ? node['#text'] : [])).join('');
  }

  private get nodes(): Readonly<Record<string, unknown>>[] {
    return (this.node[this.name] ?? []) as Readonly<Record<string, unknown>>[];
  }
}

/**
 * Parses a document from its root on. Entities that a document declares do not exist: any DOCTYPE past `start` is an error.
 * @param format how the report is called, for errors. @throws {HumanError} when it is broken, cut off or too deep.
 */
export function parseXml(text: string, start: XmlStart, format: string): XmlElement {
  const again = `Make the ${format} report again and hand in the whole file.`;
  if (start.declares)
    throw new HumanError(`This ${format} report declares entities or a DTD of its own, which is refused. Hand it in without the DOCTYPE.`);
  refuseMany(text, '<', format);
  const body = text.slice(start.at);
  try {
    const valid = XMLValidator.validate(body);
    if (valid !== true) throw new Error(valid.err.msg);
    const nodes = parser().parse(body) as Readonly<Record<string, unknown>>[];
    const root = nodes.find((node) => Object.hasOwn(node, start.root));
    if (!root) throw new Error('no root element');
    return new XmlElement(root);
  } catch (error) {
    if (error instanceof HumanError) throw error;
    const reason = error instanceof Error ? cleanLine(error.message).slice(0, 120) : '';
    throw new HumanError(`The XML of this ${format} report is broken (${reason}). ${again}`);
  }
}

function parser(): XMLParser {
  return new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    ignorePiTags: true,
    maxNestedTags: MAX_DEPTH,
    jPath: false,
    entityDecoder: {
      decode,
      addInputEntities: () => {
        throw new HumanError('This report declares entities, which is refused. Hand it in without the DOCTYPE.');
      },
      setExternalEntities: () => undefined,
      setXmlVersion: () => undefined,
      reset: () => undefined,
    },
  });
}

/** Characters and the five predefined entities (XML 1.0 §4.1, §4.6); any other reference stays as it is written. */
function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return (Object.hasOwn(PREDEFINED, name) ? PREDEFINED[name] : undefined) ?? whole;
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
