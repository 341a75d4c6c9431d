/** The sheet: A4 landscape in CSS pixels. Every position of the record follows from these. */

export const PAGE_WIDTH = 1400;
export const PAGE_HEIGHT = 990;
/** PNG pixels for one CSS pixel: about 190 dots an inch on A4. */
export const PNG_PIXEL_RATIO = 1.5;

export const EDGE = { left: 40, right: 1360, top: 36, bottom: 960 } as const;

/** Registered under a name of its own, so that no font of the machine can be taken instead. */
export const FONT_FAMILY = 'Flowproof Sans TC';

export const INK = '#1b2430';
export const INK_SOFT = '#5a6676';
export const RULE = '#c3cad4';
export const PAPER = '#ffffff';
export const ALARM = '#b3261e';

/** A pixel rectangle on the sheet. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Share of the plot's height: interactions above, logins and people below. */
export const PANEL_WEIGHTS = { work: 3, people: 2 } as const;
export type Panel = keyof typeof PANEL_WEIGHTS;

export function panelBox(plot: Box, panel: Panel): Box {
  const { work, people } = PANEL_WEIGHTS;
  const middle = plot.top + ((plot.bottom - plot.top) * work) / (work + people);
  return panel === 'work' ? { ...plot, bottom: middle } : { ...plot, top: middle };
}
