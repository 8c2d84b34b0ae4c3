import type { Ref } from 'preact';
import type { PanelModel } from './panelModel';
import { Pane, type Shot } from './pane';
import type { Picture } from './picture';
import { SliderGrip } from './sliderGrip';
import type { Panel } from './usePanel';
import { seenWidth, type Size, type View } from './view';

export interface ComparedProps {
  panel: Panel;
  model: PanelModel;
  picture: Picture;
  pane: Ref<HTMLDivElement>;
  paneSize: Size | undefined;
  canvas: Size | undefined;
  view: View | undefined;
  sizes: Readonly<Record<string, Size>>;
  /** The other picture is shown in place of the one. */
  isOther: boolean;
  onSize: (sha256: string, size: Size) => void;
}

/** One or two panes with the pictures as the mode wants them. */
export function Compared(props: ComparedProps) {
  const { panel, model, picture, paneSize, canvas, view, isOther } = props;
  const { state } = panel;
  const [left, right] = state.swapped ? [picture.right, picture.left] : [picture.left, picture.right];
  const shared = { ...props, areas: model.modes.length > 0 };
  if (!left || !right || model.modes.length === 0) {
    const only = picture.right ?? picture.left;
    return only ? <Pane {...shared} captions={[only]} shots={[{ side: only }]} /> : null;
  }
  const now = isOther ? left : right;
  switch (model.mode) {
    case 'side': {
      const [first, second] = isOther ? [right, left] : [left, right];
      return (
        <>
          <Pane {...shared} captions={[first]} shots={[{ side: first }]} />
          <Pane {...shared} pane={null} captions={[second]} shots={[{ side: second }]} />
        </>
      );
    }
    case 'slider': {
      if (isOther) return <Pane {...shared} captions={[left]} shots={[{ side: left }]} />;
      const range = view && canvas && paneSize ? seenWidth(view, canvas, paneSize) : { from: 0, to: 0 };
      const at = range.from + ((range.to - range.from) * state.split) / 100;
      const shots: Shot[] = [{ side: right }, { side: left, until: at }];
      return (
        <Pane {...shared} captions={[left, right]} shots={shots}>
          {view ? <SliderGrip at={at} range={range} split={state.split} onChange={(split) => panel.update({ split })} /> : null}
        </Pane>
      );
    }
    case 'onion':
      return (
        <Pane
          {...shared}
          captions={[left, right]}
          shots={isOther ? [{ side: left }] : [{ side: left }, { side: right, opacity: state.opacity / 100 }]}
        />
      );
    case 'blink':
      return (
        <Pane
          {...shared}
          captions={[now]}
          isNamed
          shots={[
            { side: left, opacity: isOther ? 1 : 0 },
            { side: right, opacity: isOther ? 0 : 1 },
          ]}
        />
      );
    default: {
      const diff = picture.comparison?.diff;
      if (isOther || diff === undefined || !picture.left || !picture.right)
        return <Pane {...shared} captions={[left]} shots={[{ side: left }]} />;
      return <Pane {...shared} captions={[picture.right]} shots={[{ side: picture.right, isFaint: true }]} diff={diff} />;
    }
  }
}
