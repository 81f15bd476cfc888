import { html, type Markup } from '../../electron/report/page/markup.ts';
import { neededArrows, ranksOf, type PackageNode } from './architecture.ts';

const box = { width: 280, height: 58 };
const gap = { x: 24, y: 46 };
const margin = 12;

/** A place in a row: a package, or where an arrow that goes on to a lower row passes between packages. */
interface Place {
  readonly name: string;
  readonly node: PackageNode | null;
  readonly row: number;
}

/** A piece of an arrow, from one row to the next. */
interface Piece {
  readonly from: string;
  readonly to: string;
}

/** Packages in rows, each above what it stands on, with the arrows that do not follow from others, as SVG. */
export function drawArchitecture(nodes: readonly PackageNode[]): string {
  const arrows = neededArrows(nodes);
  const { rows, pieces } = rowsOf(nodes, arrows);
  const widest = Math.max(...rows.map((row) => row.length));
  const width = 2 * margin + widest * (box.width + gap.x) - gap.x;
  const height = 2 * margin + rows.length * (box.height + gap.y) - gap.y;
  const corners = new Map(
    rows.flatMap((row, at) => {
      const left = (width - row.length * (box.width + gap.x) + gap.x) / 2;
      const y = margin + at * (box.height + gap.y);
      return row.map(({ name }, place) => [name, { x: left + place * (box.width + gap.x), y }] as const);
    }),
  );
  const cornerOf = (name: string) => corners.get(name)!;
  const places = rows.flat();
  const title = arrows.map(([from, to]) => `${from} → ${to}`).join(', ');
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    font-family="sans-serif"
    role="img"
  >
    <title>${title}</title>
    <rect width="${width}" height="${height}" fill="#fbfbfc" />
    <defs>
      <marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto">
        <path d="M0 0 10 5 0 10z" fill="#454e55" />
      </marker>
    </defs>
    ${pieces.map((piece) => drawnPiece(piece, cornerOf, places))}${places.map((place) => drawnPlace(place, cornerOf))}
  </svg> `.text;
}

/** Highest first; within a row those that lead to the left of the row below stand left. */
function rowsOf(nodes: readonly PackageNode[], arrows: readonly (readonly [string, string])[]) {
  const ranks = ranksOf(nodes);
  const highest = Math.max(...ranks.values());
  const places: Place[] = nodes.map((node) => ({ name: node.name, node, row: ranks.get(node.name)! }));
  const pieces: Piece[] = arrows.flatMap(([from, to]) => {
    const [top, bottom] = [ranks.get(from)!, ranks.get(to)!];
    const bends = Array.from({ length: top - bottom - 1 }, (_, at) => ({
      name: `${from} ${to} ${at}`,
      row: top - 1 - at,
    }));
    places.push(...bends.map((bend) => ({ ...bend, node: null })));
    const stops = [from, ...bends.map(({ name }) => name), to];
    return stops.slice(1).map((stop, at) => ({ from: stops[at]!, to: stop }));
  });
  const shares = new Map<string, number>();
  const rows: Place[][] = [];
  for (let rank = 0; rank <= highest; rank++) {
    const leads = ({ name }: Place) => {
      const below = pieces.flatMap((piece) => (piece.from === name ? (shares.get(piece.to) ?? []) : []));
      return below.length === 0 ? 0 : below.reduce((sum, share) => sum + share, 0) / below.length;
    };
    const row = places
      .filter((place) => place.row === rank)
      .toSorted((one, other) => leads(one) - leads(other));
    row.forEach(({ name }, at) => shares.set(name, (at + 0.5) / row.length));
    rows.unshift(row);
  }
  return { rows, pieces };
}

type CornerOf = (name: string) => { readonly x: number; readonly y: number };

function drawnPlace({ name, node }: Place, cornerOf: CornerOf): Markup {
  const { x, y } = cornerOf(name);
  const middle = x + box.width / 2;
  if (node === null)
    return html`<path d="M${middle} ${y}v${box.height}" stroke="#454e55" stroke-width="1.5" /> `;
  return html`<rect
      x="${x}"
      y="${y}"
      width="${box.width}"
      height="${box.height}"
      rx="6"
      fill="#e9ecef"
      stroke="#454e55"
    />
    <text x="${middle}" y="${y + 24}" text-anchor="middle" font-size="16" font-weight="600" fill="#15191c"
      >${name}</text
    >
    <text x="${middle}" y="${y + 45}" text-anchor="middle" font-size="11.5" fill="#454e55"
      >${node.runsIn.join(' · ')}</text
    > `;
}

function drawnPiece({ from, to }: Piece, cornerOf: CornerOf, places: readonly Place[]): Markup {
  const [start, end] = [cornerOf(from), cornerOf(to)];
  const [x1, y1] = [start.x + box.width / 2, start.y + box.height];
  const [x2, y2] = [end.x + box.width / 2, end.y];
  const bend = (y2 - y1) / 2;
  const isEnd = places.some(({ name, node }) => name === to && node !== null);
  return html`<path
    d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}"
    fill="none"
    stroke="#454e55"
    stroke-width="1.5"
    ${isEnd ? html` marker-end="url(#tip)"` : ''}
  /> `;
}
