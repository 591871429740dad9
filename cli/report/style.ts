/** The style of the HTML report, light or dark as the reader's system, for wide and for narrow pages. Colours never carry a meaning alone. */
export const style = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2430; --faint: #5b6675; --line: #d5dbe3; --wire: #a7b1bf; --soft: #f3f5f8;
  --good: #1a7f45; --bad: #b42318; --warn: #8a5a00; --calm: #2f5fb3; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --ink: #e4e9f0; --faint: #9aa6b5; --line: #323b47; --wire: #566272; --soft: #1b212a;
  --good: #4cc38a; --bad: #ff8a7a; --warn: #e5b454; --calm: #8ab4ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 24px; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 10px; }
p.verdict { font-size: 17px; margin: 8px 0; } p.verdict strong { margin-right: 6px; } .faint { color: var(--faint); fill: var(--faint); }
nav { display: flex; flex-wrap: wrap; gap: 2px 14px; } a { color: var(--calm); }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } th, td { overflow-wrap: normal; } td.name, td.long { overflow-wrap: anywhere; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; } td.name { min-width: 120px; } td.whole { white-space: nowrap; }
.state { font-weight: 600; white-space: nowrap; }
.good, .proven, .unchanged { color: var(--good); } .bad, .failed, .unhealthy, .due { color: var(--bad); } .attention, .unfinished, .unknown, .warning { color: var(--warn); } .changes, .leaves, .left, .hands-over, .handed-over { color: var(--calm); }
details, p.finding { border: 1px solid var(--line); border-radius: 6px; padding: 8px 14px; margin: 8px 0; } summary { cursor: pointer; }
.finding { border-left: 4px solid var(--warn) !important; color: var(--ink); } .finding.error { border-left-color: var(--bad) !important; }
details ul, details dl { margin: 8px 0; } dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; } dt { color: var(--faint); } dd { margin: 0; }
pre { background: var(--soft); padding: 10px; overflow-x: auto; border-radius: 6px; font-size: 13px; overflow-wrap: normal; }
small { color: var(--faint); font-size: 12px; }
.hub { background: var(--soft); border: 1px solid var(--faint); border-radius: 6px; padding: 6px 12px; } .hub small { display: block; }
.agents { list-style: none; margin: 0 0 0 10px; padding: 22px 0 0 14px; border-left: 1px solid var(--wire); display: grid; grid-template-columns: repeat(auto-fill, minmax(165px, 1fr)); gap: 22px 14px; overflow: hidden; }
.agents li { position: relative; background: var(--soft); border: 1.5px solid currentColor; border-radius: 6px; padding: 4px 10px; font-size: 13px; }
.agents li::before { content: ""; position: absolute; left: calc(-50% - 15px); right: 50%; top: -13px; height: 12px; border: 1px solid var(--wire); border-width: 1px 1px 0 0; }
.agents span { color: var(--ink); white-space: nowrap; } .agents small { display: block; } .agents .failed, .agents .unhealthy { border-style: dashed; } .agents .unfinished, .agents .unknown { border-style: dotted; }
.timeline { list-style: none; margin: 8px 0; padding: 0; font-size: 13px; } .timeline li { display: grid; grid-template-columns: 450px 1fr; gap: 10px; align-items: center; color: var(--ink); }
.timeline li span { display: flex; justify-content: space-between; gap: 8px; } .timeline small { white-space: nowrap; } .timeline .due span { color: var(--bad); font-weight: 600; }
svg { width: 100%; display: block; } svg text { font: 11px system-ui, sans-serif; } .grid { stroke: var(--line); }
.bar { fill: var(--calm); opacity: 0.45; } .due .bar { fill: var(--bad); opacity: 0.6; } .client .bar { fill: var(--good); } .act { stroke: var(--warn); stroke-width: 2; }
@media (max-width: 640px) { body { padding: 14px; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 6px; }
  table, tbody { display: block; } thead { display: none; } tr { display: flex; flex-wrap: wrap; gap: 0 14px; border: 1px solid var(--line); border-radius: 6px; padding: 6px 12px; margin: 8px 0; }
  td { display: flex; gap: 6px; border: 0; padding: 1px 0; } td.number { text-align: left; } td:empty { display: none; }
  td::before { content: attr(data-label); color: var(--faint); font-weight: 400; white-space: nowrap; }
  td.name { flex-basis: 100%; font-weight: 600; order: -1; } td.name::before, td.state::before, td[data-label=""]::before { content: none; }
  .agents { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); } .timeline li { grid-template-columns: 1fr; gap: 0; margin-bottom: 8px; } .more { display: none; } }
@media print { details { break-inside: avoid; } body { max-width: none; } }
`;
