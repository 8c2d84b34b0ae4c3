import { Component, createElement, type ComponentType, type FunctionComponent } from 'preact';

/** A component that is drawn again only when `isSame` says that its props tell something else. */
export function memo<Props extends object>(
  view: FunctionComponent<Props>,
  isSame: (before: Props, after: Props) => boolean,
): ComponentType<Props> {
  return class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      return !isSame(this.props, next);
    }

    override render() {
      return createElement(view, this.props as Props);
    }
  };
}
