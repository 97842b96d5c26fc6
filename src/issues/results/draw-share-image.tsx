import type { ReactElement, ReactNode } from 'react';
import { renderAsync, Resvg } from '@resvg/resvg-js';
import { renderToStaticMarkup } from 'react-dom/server';
import type { ComparisonContent, ToolContent } from '../../../emails/_parts/content/content.ts';
import { light } from '../../../emails/_parts/frame/theme.ts';
import { FONT_FAMILY, listUndrawable, PICTURE_OPTIONS } from './picture-fonts.ts';
import { type ComparisonResult, SHARE_IMAGE, type ToolResult } from './result.ts';

const EDGE = 60;
const BAR = { left: EDGE, width: 740, height: 26 };
const NAME = { width: 740, largest: 56, smallest: 12 };

export interface Drawn {
  png: Buffer;
  /**
   * Whether every name is drawn; if no font can draw a name, the picture has its slug instead, and the text beside the
   * picture has the name.
   */
  is_complete: boolean;
}

interface Frame {
  panelLabel: string;
  /** The site's address is part of the picture. */
  publicUrl: string;
}

/** PNG, 1200 × 630: how readers voted. */
export async function drawShareImage(
  result: ComparisonResult,
  { number, ...frame }: Frame & { number: number },
): Promise<Drawn> {
  const panel = frame.panelLabel || 'Panel';
  return draw(
    result.tools,
    <Picture
      {...frame}
      corner={`Readers’ votes · issue ${number}`}
      note={`${result.is_too_close_to_call ? 'Too close to call. ' : ''}Newsletter readers, self-selected. The ${panel} is counted separately.`}
    >
      {result.tools.map((tool, index) => (
        <ToolRow key={tool.slug} tool={tool} top={140 + index * 205} panel={panel} />
      ))}
    </Picture>,
  );
}

/** PNG, 1200 × 630: what the panel would ship. */
export async function drawPanelImage({ tools, pick }: ComparisonContent, frame: Frame): Promise<Drawn> {
  return draw(
    tools,
    <Picture {...frame} corner={frame.panelLabel || 'Panel'} note={drawable(pick, '')}>
      {tools.map((tool, index) => (
        <PanelRow key={tool.slug} tool={tool} top={140 + index * 205} />
      ))}
    </Picture>,
  );
}

async function draw(tools: readonly { name: string }[], picture: ReactElement): Promise<Drawn> {
  const image = await renderAsync(renderToStaticMarkup(picture), PICTURE_OPTIONS);
  return { png: image.asPng(), is_complete: tools.every(({ name }) => listUndrawable(name).length === 0) };
}

/** The text, or `otherwise` if a part of it would be drawn as boxes. */
function drawable(text: string, otherwise: string): string {
  return listUndrawable(text).length === 0 ? text : otherwise;
}

interface PictureProps extends Frame {
  corner: string;
  note: string;
  children: ReactNode;
}

function Picture({ corner, note, publicUrl, children }: PictureProps) {
  const { width, height } = SHARE_IMAGE;
  return (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      width={width}
      height={height}
      fontFamily={FONT_FAMILY}
      fill={light.ink}
    >
      <rect width={width} height={height} fill={light.paper} />
      <rect width={width} height={16} fill={light.ship} />
      <text x={EDGE} y={82} fontSize={38} fontWeight={700}>
        Weekly AI Tool Verdicts
      </text>
      <text x={EDGE} y={118} fontSize={26} fill={light.quiet}>
        {new URL(publicUrl).host}
      </text>
      <text x={width - EDGE} y={82} fontSize={30} textAnchor="end" fill={light.quiet}>
        {corner}
      </text>
      {children}
      <line x1={EDGE} x2={width - EDGE} y1={552} y2={552} stroke={light.line} strokeWidth={2} />
      <text x={EDGE} y={596} fontSize={26} fill={light.quiet}>
        {note}
      </text>
    </svg>
  );
}

function PanelRow({ tool, top }: { tool: ToolContent; top: number }) {
  const { panel } = tool;
  const name = drawable(tool.name, tool.slug);
  return (
    <g transform={`translate(0 ${top})`}>
      <text x={EDGE} y={58} fontSize={fontSizeOf(name)} fontWeight={700}>
        {name}
      </text>
      {Array.from({ length: panel.of }, (_, index) => (
        <rect
          key={index}
          x={EDGE + index * (740 / panel.of)}
          y={92}
          width={740 / panel.of - 12}
          height={26}
          rx={6}
          fill={index < panel.ship ? light.ship : light.wash}
          stroke={index < panel.ship ? light.ship : light.quiet}
        />
      ))}
      <text
        x={SHARE_IMAGE.width - EDGE}
        y={118}
        fontSize={80}
        fontWeight={700}
        textAnchor="end"
        fill={light.ship}
      >
        {panel.ship} of {panel.of}
      </text>
    </g>
  );
}

function ToolRow({ tool, top, panel }: { tool: ToolResult; top: number; panel: string }) {
  const { share, votes, panel: split } = tool;
  const name = drawable(tool.name, tool.slug);
  const right = SHARE_IMAGE.width - EDGE;
  return (
    <g transform={`translate(0 ${top})`}>
      <text x={EDGE} y={58} fontSize={fontSizeOf(name)} fontWeight={700}>
        {name}
      </text>
      <Bar share={share} />
      <text x={EDGE} y={162} fontSize={28} fill={light.quiet}>
        {panel}: {split.ship} of {split.of} ship
      </text>
      <text x={right} y={110} fontSize={share ? 104 : 60} fontWeight={700} textAnchor="end" fill={light.ship}>
        {share ? `${share.percent}%` : votes === undefined ? '—' : 'early'}
      </text>
      <text x={right} y={162} fontSize={28} textAnchor="end" fill={light.quiet}>
        {votes === undefined ? 'too few votes' : `${share ? 'ship · ' : ''}${votes} votes`}
      </text>
    </g>
  );
}

/** The share of readers as a bar, with its confidence interval drawn around the end. */
function Bar({ share }: { share: ToolResult['share'] }) {
  const at = (percent: number) => (BAR.width * percent) / 100;
  return (
    <g transform={`translate(${BAR.left} 88)`}>
      <rect width={BAR.width} height={BAR.height} rx={6} fill={light.wash} stroke={light.quiet} />
      {share ? (
        <>
          <rect width={at(share.percent)} height={BAR.height} rx={6} fill={light.ship} />
          <path
            d={`M${at(share.low)} 13H${at(share.high)}M${at(share.low)} 4v18M${at(share.high)} 4v18`}
            stroke={light.ink}
            strokeWidth={3}
            fill="none"
          />
        </>
      ) : null}
    </g>
  );
}

/** The largest font size at which the name fits on its line. */
function fontSizeOf(name: string): number {
  const measured = renderToStaticMarkup(
    <svg xmlns="http://www.w3.org/2000/svg" width={9_000} height={200} fontFamily={FONT_FAMILY}>
      <text y={100} fontSize={NAME.largest} fontWeight={700}>
        {name}
      </text>
    </svg>,
  );
  const width = new Resvg(measured, PICTURE_OPTIONS).getBBox()?.width ?? 0;
  const fitting = width > NAME.width ? (NAME.largest * NAME.width) / width : NAME.largest;
  return Math.max(NAME.smallest, Math.floor(fitting));
}
