/** Tolerant access to parsed JSON: what has another type counts as absent, so one odd value does not spoil a report. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** `value` when it is an object and no array. */
export function object(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The objects in `value`; empty when it is no array. */
export function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter((item): item is JsonObject => object(item) !== undefined) : [];
}

export function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `value` when it is a finite number. */
export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
