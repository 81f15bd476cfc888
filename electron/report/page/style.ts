/** The report's look: calm grey, colour only for what is abnormal, A4 in print. */
export const style = `
:root { color-scheme: light; --ink: #15191c; --soft: #454e55; --line: #bcc3c9; --ground: #dcdfe2; --paper: #fbfbfc;
  --ng: #b81c24; --review: #7d5200; --ok: #25684a; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); line-break: strict; overflow-wrap: anywhere;
  font: 15px/1.5 'Segoe UI', -apple-system, Roboto, 'Noto Sans', 'Yu Gothic UI', 'Hiragino Sans', 'Noto Sans JP',
  'Noto Sans CJK JP', Meiryo, system-ui, sans-serif; font-variant-numeric: tabular-nums; }
:lang(ja) body, body:lang(ja) { word-break: auto-phrase; font-family: 'Yu Gothic UI', 'Hiragino Sans',
  'Noto Sans JP', 'Noto Sans CJK JP', Meiryo, system-ui, sans-serif; }
main { max-width: 920px; margin: 0 auto; padding: 32px 40px; background: var(--paper); }
h1 { font-size: 26px; line-height: 1.3; margin: 0; }
h2 { font-size: 19px; line-height: 1.35; margin: 32px 0 8px; padding-bottom: 4px; border-bottom: 2px solid var(--ink); }
h3 { font-size: 16px; margin: 20px 0 6px; }
h4 { font-size: 15px; margin: 12px 0 4px; }
p, ul, dl { margin: 6px 0; }
ul { padding-left: 22px; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 13px; fill: var(--ink); }
svg .name { font-weight: 600; }
svg .middle { text-anchor: middle; }
svg .right { text-anchor: end; }
svg .grid { stroke: var(--line); fill: none; }
svg .whisker { stroke: #0b63b4; stroke-width: 2; fill: none; }
small { display: block; font-size: 12px; font-weight: 400; color: var(--soft); }
.soft { color: var(--soft); }
.verdict { list-style: none; padding: 0; font-size: 18px; line-height: 1.55; }
.verdict li { margin: 8px 0; }
.caution { border-left: 6px solid #f2b01e; padding: 2px 14px; background: #f6f0e0; }
.caution h3 { margin: 8px 0 2px; color: var(--review); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none; padding: 0; }
.legend li { display: flex; align-items: center; gap: 6px; }
.legend svg { width: auto; flex: none; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 8px 0 16px; font-size: 14px; }
caption { text-align: left; font-weight: 600; padding: 6px 0; }
caption small { display: inline; }
th, td { padding: 4px 8px; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th { font-weight: 600; }
tbody th { font-weight: 400; }
tr > :first-child { text-align: left; }
.log th, .log td { text-align: left; }
.log .whole { white-space: nowrap; }
.figures { table-layout: fixed; }
.figures small { line-height: 1.3; }
.heat { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 0 28px; }
.heat table { font-size: 13px; }
.heat th, .heat td { padding: 2px 6px; }
.heat tbody td:not(:last-child) { text-align: center; border: 1px solid var(--paper); print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.heat thead th { text-align: center; }
.layers .bar { width: 22%; padding-right: 0; vertical-align: middle; }
.layers .bar svg { height: 10px; }
.layers th, .layers td { padding: 2px 8px; }
.parts { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px; list-style: none;
  padding: 0; }
.parts li { border: 1px solid var(--line); border-top: 5px solid var(--line); padding: 8px; break-inside: avoid;
  font-size: 13px; line-height: 1.4; }
.parts li.worse { border-top-color: var(--ng); }
.parts img { display: block; width: 100%; height: 130px; object-fit: contain; background: #c9ced2; }
.parts p { margin: 2px 0; }
.parts .way { font-weight: 600; }
.parts .worse .way, .verdict-NG { color: var(--ng); }
.verdict-REVIEW { color: var(--review); }
.verdict-OK { color: var(--ok); }
.file { font-size: 12px; }
dl div { display: grid; grid-template-columns: 190px 1fr; gap: 12px; padding: 3px 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); }
dd { margin: 0; }
.method { font-size: 14px; }
@media (max-width: 640px) { main { padding: 20px 16px; } dl div { grid-template-columns: 1fr; gap: 0; } }
@page { size: A4; margin: 15mm; }
@media print {
  body { background: none; font-size: 10.5pt; }
  main { max-width: none; padding: 0; background: none; }
  .wide { overflow: visible; }
  .keep, tr, dl div, .caution, .verdict li { break-inside: avoid; }
  h2, h3, h4, caption, thead { break-after: avoid; }
  svg, .heat td, .caution, .parts li { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .heat { grid-template-columns: 1fr 1fr; }
}
`;
