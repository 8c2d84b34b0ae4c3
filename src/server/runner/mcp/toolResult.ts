import * as z from 'zod';
import type { CallToolResult } from '@modelcontextprotocol/client';
import type { EvidenceHead, Viewport } from '../../domain/evidence';
import { cleanLine, shorten } from '../../domain/text';
import type { EvidenceBody } from '../driver';

/** Pictures that can be evidence, and how their types are also written. */
const PICTURES: Readonly<Record<string, string>> = {
  'image/png': 'image/png',
  'image/jpeg': 'image/jpeg',
  'image/jpg': 'image/jpeg',
  'image/webp': 'image/webp',
};
const Lighthouse = z.looseObject({ lighthouseVersion: z.string(), categories: z.record(z.string(), z.unknown()) });
const AxePage = z.looseObject({ violations: z.array(z.unknown()), passes: z.array(z.unknown()) });
const Report = z.union([Lighthouse, z.looseObject({ lhr: Lighthouse }), AxePage, z.array(AxePage).min(1)]);

/** What the result of a tool holds, in order of appearance. */
export type Part = { text: string } | { evidence: Omit<EvidenceHead, 'name'>; body: EvidenceBody } | { leftOut: string };

/** Reads the content of a result: texts, pictures and reports. `viewport` is of the page that pictures show. */
export function partsOf({ content, structuredContent }: CallToolResult, viewport: Viewport | undefined): Part[] {
  const parts = content.map((block): Part => {
    switch (block.type) {
      case 'text':
        return textPart(block.text);
      case 'image':
        return picture(block.mimeType, block.data, viewport);
      case 'resource': {
        const { resource } = block;
        if ('text' in resource) return textPart(resource.text);
        return picture(resource.mimeType ?? 'a resource', resource.blob, viewport);
      }
      case 'resource_link':
        return { text: `${block.name}: ${block.uri}` };
      default:
        return { leftOut: block.type };
    }
  });
  const told = parts.some((part) => 'evidence' in part && part.evidence.kind === 'report');
  if (told || !Report.safeParse(structuredContent).success) return parts;
  return [...parts, report(JSON.stringify(structuredContent))];
}

function textPart(text: string): Part {
  return isReport(text) ? report(text) : { text };
}

function report(text: string): Part {
  return { evidence: { kind: 'report' }, body: { mime: 'application/json', bytes: Buffer.from(text) } };
}

function isReport(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    return Report.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

function picture(type: string, data: string, viewport: Viewport | undefined): Part {
  const mime = PICTURES[type.toLowerCase()];
  if (mime === undefined) return { leftOut: shorten(cleanLine(type), 100) };
  const head = { kind: 'screenshot' as const, ...(viewport ? { viewport } : {}) };
  return { evidence: head, body: { mime, bytes: Buffer.from(data, 'base64') } };
}
