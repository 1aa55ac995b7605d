/** Light and dark by what the reader's system asks for; nothing is loaded. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #e3e6eb; --text: #171b22; --soft: #5c6675; --faint: #8b95a4;
  --set0: #2563eb; --set1: #c2590c; --set2: #7c3aed; --set3: #0e7490; --against: #7a8494;
  --fraud: #d6334a; --genuine: #2b9a8b; --unlabelled: #b8bfca; --caught: #2563eb;
  --better: #0f7b4f; --worse: #b4243a; --notice: #fff8e6; --notice-line: #f0d48a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1217; --card: #171b22; --line: #2a303a; --text: #e8ebf0; --soft: #a3adbb; --faint: #768191;
    --set0: #6ea0ff; --set1: #f29a54; --set2: #b493ff; --set3: #4fc3dc; --against: #8f9aab;
    --fraud: #ff6b7d; --genuine: #4fc4b2; --unlabelled: #4a5361; --caught: #6ea0ff;
    --better: #5fd39a; --worse: #ff8091; --notice: #251f10; --notice-line: #5b4a1b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
main { max-width: 1180px; margin: 0 auto; padding: 32px 20px 64px; }
header { margin-bottom: 24px; }
.brand { color: var(--faint); font-size: 12px; letter-spacing: .08em; text-transform: uppercase; font-weight: 600; }
h1 { font-size: 28px; line-height: 1.2; margin: 6px 0 10px; letter-spacing: -.01em; overflow-wrap: anywhere; }
h1 .versus { color: var(--faint); font-weight: 400; }
h2 { font-size: 18px; margin: 40px 0 12px; letter-spacing: -.005em; }
h3 { font-size: 15px; margin: 0; overflow-wrap: anywhere; }
p { margin: 0; }
.facts { color: var(--soft); display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 0; }
.facts dt { color: var(--faint); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(178px, 1fr)); gap: 12px; }
.of { color: var(--soft); margin: 0 0 10px; overflow-wrap: anywhere; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tile { padding: 14px 16px; }
.tile .name { color: var(--soft); font-size: 13px; }
.tile .figure { font-size: 22px; font-weight: 650; line-height: 1.3; letter-spacing: -.015em; overflow-wrap: anywhere; }
.tile .figure small { font-size: 14px; font-weight: 500; color: var(--soft); letter-spacing: 0; }
.tile .was { color: var(--faint); font-size: 12.5px; overflow-wrap: anywhere; }
.better { color: var(--better); } .worse { color: var(--worse); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 14px; }
.card { padding: 16px 18px; min-width: 0; }
figure { margin: 0; }
figcaption .about { color: var(--soft); font-size: 13px; margin-top: 2px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 10px 0 4px; font-size: 13px; color: var(--soft); }
.legend span { display: inline-flex; align-items: center; gap: 6px; overflow-wrap: anywhere; }
.legend i { width: 12px; height: 12px; border-radius: 3px; flex: none; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 12px; fill: var(--soft); font-family: inherit; }
svg text.name { fill: var(--faint); }
.grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--faint); stroke-width: 1; }
.threshold { stroke: var(--faint); stroke-width: 1; stroke-dasharray: 3 3; }
.line { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
.dot { stroke: var(--card); stroke-width: 2; } .bar { shape-rendering: geometricPrecision; }
.line.set0 { stroke: var(--set0); } .line.set1 { stroke: var(--set1); } .line.set2 { stroke: var(--set2); }
.line.set3 { stroke: var(--set3); } .line.against { stroke: var(--against); stroke-dasharray: 6 4; }
.dot.set0 { fill: var(--set0); } .dot.set1 { fill: var(--set1); } .dot.set2 { fill: var(--set2); }
.dot.set3 { fill: var(--set3); } .dot.against { fill: var(--against); }
.bar.fraud { fill: var(--fraud); } .bar.genuine { fill: var(--genuine); }
.bar.unlabelled { fill: var(--unlabelled); } .bar.caught { fill: var(--caught); }
i.set0 { background: var(--set0); } i.set1 { background: var(--set1); } i.set2 { background: var(--set2); }
i.set3 { background: var(--set3); } i.against { background: var(--against); } i.fraud { background: var(--fraud); }
i.genuine { background: var(--genuine); } i.unlabelled { background: var(--unlabelled); } i.caught { background: var(--caught); }
.scroll { overflow-x: auto; margin: 0 -18px; padding: 0 18px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
th:first-child, td:first-child { text-align: left; padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 600; font-size: 13px; }
tbody th { font-weight: 500; } tr:last-child > * { border-bottom: 0; }
tr.group th { color: var(--faint); font-size: 12px; letter-spacing: .05em; text-transform: uppercase; font-weight: 600; padding-top: 16px; }
td.words, th.words { text-align: left; white-space: normal; min-width: 160px; overflow-wrap: anywhere; }
.meaning { color: var(--faint); font-size: 12.5px; font-weight: 400; white-space: normal; max-width: 46ch; }
.mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 13px; }
.notice { margin-top: 14px; background: var(--notice); border: 1px solid var(--notice-line); border-radius: 12px; padding: 14px 18px; }
.notice h2 { margin: 0 0 6px; font-size: 16px; } .notice ul { margin: 0; padding-left: 18px; } .notice li { margin: 4px 0; overflow-wrap: anywhere; }
.pill { display: inline-block; border-radius: 999px; padding: 0 9px; font-size: 12.5px; border: 1px solid var(--line); color: var(--soft); }
.pill.fraud { color: var(--fraud); border-color: var(--fraud); } .pill.genuine { color: var(--genuine); border-color: var(--genuine); }
details { margin-top: 12px; } summary { cursor: pointer; color: var(--soft); } summary + * { margin-top: 8px; }
.stack > * + * { margin-top: 14px; }
.none { color: var(--soft); }
footer { margin-top: 48px; color: var(--faint); font-size: 13px; }
@media (max-width: 640px) {
  main { padding: 20px 12px 48px; } h1 { font-size: 23px; } .tile .figure { font-size: 21px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; } .tile, .card { padding: 12px 14px; }
  .scroll { margin: 0 -14px; padding: 0 14px; } svg text { font-size: 16px; } svg text.side, .meaning { display: none; }
  thead th { white-space: normal; } .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 6px; }
}
@media print { body { background: #fff; } .card, .tile, .notice { break-inside: avoid; } }
`;
