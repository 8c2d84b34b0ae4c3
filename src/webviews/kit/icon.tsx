/** A codicon. It says nothing by itself: a word stands beside it, or the control has a label. */
export function Icon({ name, tone }: { name: string; tone?: string | undefined }) {
  return <span class={`codicon codicon-${name}${tone ? ` tone-${tone}` : ''}`} aria-hidden="true" />;
}
