/** Opens the editor's own menu of the element that a button stands in, below the button. */
export function openContextMenu(event: Event): void {
  const button = event.currentTarget as HTMLElement;
  const { left, bottom } = button.getBoundingClientRect();
  event.preventDefault();
  event.stopPropagation();
  button.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: left, clientY: bottom }));
}
