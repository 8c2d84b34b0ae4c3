/** Hears of a focus that a key brought; one that a click brings is followed by the click. */
export function byKey(listener: () => void): (event: FocusEvent) => void {
  return ({ target }) => {
    if (target instanceof Element && target.matches(':focus-visible')) listener();
  };
}
