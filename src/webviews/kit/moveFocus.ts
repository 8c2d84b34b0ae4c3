const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** Arrows, Home and End among the controls of a group; the one reached is also chosen. */
export function moveFocus(event: KeyboardEvent): void {
  const group = event.currentTarget as HTMLElement;
  const items = [...group.querySelectorAll<HTMLElement>('[role=tab], [role=radio]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const step = STEPS[event.key];
  const next =
    event.key === 'Home' ? 0 : event.key === 'End' ? items.length - 1 : step === undefined ? -1 : (at + step + items.length) % items.length;
  const item = items[next];
  if (!item) return;
  event.preventDefault();
  item.focus();
  item.click();
}

/** Left and right among the buttons of a group; `selector` says which. */
export function moveBetweenButtons(event: KeyboardEvent, selector = 'button'): void {
  const step = STEPS[event.key];
  if (step === undefined) return;
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(selector)].filter(
    (one) => one.offsetParent !== null,
  );
  const next = buttons[(buttons.indexOf(document.activeElement as HTMLElement) + step + buttons.length) % buttons.length];
  if (!next) return;
  next.focus();
  event.preventDefault();
  event.stopPropagation();
}

/** Left and right among the controls of a toolbar; what is typed into, or has a choice open, keeps its arrows. */
export function moveBetweenControls(event: KeyboardEvent): void {
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
  if (event.target instanceof Element && event.target.matches('input, [role=menu] *')) return;
  moveBetweenButtons(event, 'button, select, input');
}
