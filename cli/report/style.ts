/** The style of the HTML report, light or dark as the reader's system. Colours never carry a meaning alone. */
export const style = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2430; --faint: #5b6675; --line: #d5dbe3; --soft: #f3f5f8;
  --good: #1a7f45; --bad: #b42318; --warn: #8a5a00; --calm: #2f5fb3; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --ink: #e4e9f0; --faint: #9aa6b5; --line: #323b47; --soft: #1b212a;
  --good: #4cc38a; --bad: #ff8a7a; --warn: #e5b454; --calm: #8ab4ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 24px; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 10px; }
p.verdict { font-size: 17px; margin: 8px 0; } .faint { color: var(--faint); fill: var(--faint); }
nav a { margin-right: 14px; } a { color: var(--calm); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; } td { overflow-wrap: anywhere; } td.whole { white-space: nowrap; }
.state { font-weight: 600; white-space: nowrap; }
.good, .proven, .unchanged { color: var(--good); } .bad, .failed, .unhealthy, .due { color: var(--bad); } .unfinished, .unknown, .warning { color: var(--warn); } .changes, .leaves, .left { color: var(--calm); }
details { border: 1px solid var(--line); border-radius: 6px; padding: 8px 14px; margin: 8px 0; } summary { cursor: pointer; }
details ul, details dl { margin: 8px 0; } dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; } dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: 10px; overflow-x: auto; border-radius: 6px; font-size: 13px; }
svg { width: 100%; min-width: 720px; height: auto; font: 12px system-ui, sans-serif; } svg text { fill: var(--ink); } svg text.faint { fill: var(--faint); font-size: 11px; }
.grid, .wire { stroke: var(--line); fill: none; } .graph rect { fill: var(--soft); stroke: currentColor; stroke-width: 1.5; } .graph .hub rect { stroke: var(--faint); }
.graph g .wire { stroke: currentColor; } .graph .failed .wire, .graph .failed rect { stroke-dasharray: 5 4; } .graph .unfinished .wire, .graph .unfinished rect { stroke-dasharray: 1 4; }
.timeline .bar { fill: var(--calm); opacity: 0.45; } .timeline .due .bar { fill: var(--bad); opacity: 0.6; } .timeline .client .bar { fill: var(--good); }
.timeline .act { stroke: var(--warn); stroke-width: 2; } .timeline .end { font-size: 11px; }
@media print { details { break-inside: avoid; } body { max-width: none; } }
`;
