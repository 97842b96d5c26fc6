import { fileURLToPath } from 'node:url';
import { renderAsync, Resvg, type ResvgRenderOptions } from '@resvg/resvg-js';
import { renderToStaticMarkup } from 'react-dom/server';
import { light } from '../../../emails/_parts/frame/theme.ts';
import { type ComparisonResult, SHARE_IMAGE, type ToolResult } from './result.ts';

const FAMILY = 'Source Serif 4';
const EDGE = 60;
const BAR = { left: EDGE, width: 740, height: 26 };
const NAME = { width: 740, largest: 56, smallest: 12 };

const OPTIONS: ResvgRenderOptions = {
  font: {
    fontFiles: ['400Regular/SourceSerif4_400Regular.ttf', '700Bold/SourceSerif4_700Bold.ttf'].map((file) =>
      fileURLToPath(import.meta.resolve(`@expo-google-fonts/source-serif-4/${file}`)),
    ),
    // For names in scripts that the font does not cover.
    loadSystemFonts: true,
    defaultFontFamily: FAMILY,
  },
};

interface Frame {
  number: number;
  panelLabel: string;
}

export async function drawShareImage(result: ComparisonResult, frame: Frame): Promise<Buffer> {
  const image = await renderAsync(renderToStaticMarkup(<ShareImage result={result} {...frame} />), OPTIONS);
  return image.asPng();
}

function ShareImage({ result, number, panelLabel }: Frame & { result: ComparisonResult }) {
  const { width, height } = SHARE_IMAGE;
  const panel = panelLabel || 'Panel';
  return (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      width={width}
      height={height}
      fontFamily={FAMILY}
      fill={light.ink}
    >
      <rect width={width} height={height} fill={light.paper} />
      <rect width={width} height={16} fill={light.ship} />
      <text x={EDGE} y={92} fontSize={38} fontWeight={700}>
        Weekly AI Tool Verdicts
      </text>
      <text x={width - EDGE} y={92} fontSize={30} textAnchor="end" fill={light.quiet}>
        Readers’ votes · issue {number}
      </text>
      {result.tools.map((tool, index) => (
        <ToolRow key={tool.slug} tool={tool} top={140 + index * 205} panel={panel} />
      ))}
      <line x1={EDGE} x2={width - EDGE} y1={552} y2={552} stroke={light.line} strokeWidth={2} />
      <text x={EDGE} y={596} fontSize={26} fill={light.quiet}>
        {result.is_too_close_to_call ? 'Too close to call. ' : ''}
        Newsletter readers, self-selected; the {panel} is counted separately.
      </text>
    </svg>
  );
}

function ToolRow({ tool, top, panel }: { tool: ToolResult; top: number; panel: string }) {
  const { name, share, votes, panel: split } = tool;
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
    <svg xmlns="http://www.w3.org/2000/svg" width={9_000} height={200} fontFamily={FAMILY}>
      <text y={100} fontSize={NAME.largest} fontWeight={700}>
        {name}
      </text>
    </svg>,
  );
  const width = new Resvg(measured, OPTIONS).getBBox()?.width ?? 0;
  const fitting = width > NAME.width ? (NAME.largest * NAME.width) / width : NAME.largest;
  return Math.max(NAME.smallest, Math.floor(fitting));
}
