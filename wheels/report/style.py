# SPDX-License-Identifier: Apache-2.0
"""How the page looks: on a phone, on a wide screen, in the dark, on paper."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #57606a;
  --line: #d0d7de; --panel: #f6f8fa; --link: #0550ae; --bar: #2f6f9f; --room: #e4e9ee;
  --good: #d5efdd; --good-ink: #0b3d1d; --step1: #e4f0c4; --step1-ink: #2c3a05;
  --step2: #fbe6a2; --step2-ink: #4a3800; --step3: #f5b98c; --step3-ink: #4d1f00;
  --bad: #b3261e; --bad-ink: #fff; --known: #dccff2; --known-ink: #33195c;
  --speed: #d3e5f5; --speed-ink: #0b3050; --hatch: #dfe3e8; }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --soft: #9aa5b1;
  --line: #30363d; --panel: #161b22; --link: #79b8ff; --bar: #4d9bd6; --room: #21262d;
  --good: #12402a; --good-ink: #d2f4de; --step1: #39460f; --step1-ink: #eef6cf;
  --step2: #574405; --step2-ink: #fdedb8; --step3: #6e3410; --step3-ink: #ffe0cb;
  --bad: #f2635a; --bad-ink: #1a0302; --known: #3d2a63; --known-ink: #e8dcff;
  --speed: #12385a; --speed-ink: #d8ebfc; --hatch: #242a31; } }
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1rem; max-width: 92rem; overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; padding-top: .6rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.2rem 0 .4rem; } h4 { margin: 0 0 .3rem; }
a { color: var(--link); } p { margin: .5rem 0; max-width: 65rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; padding: 0; }
nav a { display: inline-block; padding: .35rem 0; }
.none { color: var(--soft); }
.answer { font-weight: 600; padding: .6rem .9rem; border-radius: .4rem; max-width: none; }
dl { display: grid; grid-template-columns: 1fr; gap: .1rem 1.2rem; margin: .8rem 0; }
dt { color: var(--soft); font-size: .875rem; } dd { margin: 0 0 .4rem; }
@media (min-width: 40rem) { dl { grid-template-columns: max-content 1fr; }
  dt { grid-column: 1; } dd { grid-column: 2; margin: 0; } }
.wide { overflow-x: auto; max-width: 100%; border: 1px solid var(--line); border-radius: .4rem; }
.wide:focus-visible, a:focus-visible, summary:focus-visible { outline: 3px solid var(--link);
  outline-offset: 2px; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
.wide > table { min-width: 100%; }
caption { text-align: left; padding: .5rem .6rem; color: var(--soft); }
th, td { padding: .35rem .6rem; text-align: left; vertical-align: top; min-width: 5rem;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; }
td { max-width: 32rem; } thead th { color: var(--soft); font-weight: 600; overflow-wrap: normal; }
tbody th { font-weight: 500; min-width: 5.5rem; max-width: 24rem; }
code { font: .85em/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
td code { display: block; min-width: 18rem; }
.wide > .counts { min-width: 0; } .counts td, .counts th { min-width: 0; padding: .35rem .45rem; }
.counts th + th, .counts td { text-align: right; }
.counts th, .counts td { overflow-wrap: normal; }
@media (min-width: 40rem) { .counts th + th, .counts td { padding-left: 1.6rem; } }
@media screen and (max-width: 40rem) {
  .wide:has(> .list) { border: 0; }
  .list, .list tbody, .list tr, .list th, .list td, .list caption { display: block; }
  .list thead { display: none; } .list caption { padding: 0 0 .4rem; }
  .list tr { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .6rem;
    margin-bottom: .5rem; }
  .list th, .list td { border: 0; padding: .1rem 0; max-width: none; }
  .list td::before { content: attr(data-head) ": "; color: var(--soft); }
  .list tbody th { font-weight: 700; } td code { min-width: 0; }
  .counts { font-size: .75rem; } }
.heat { font-size: .6875rem; border-collapse: separate; border-spacing: 0; }
.heat th, .heat td { min-width: 0; padding: .25rem .15rem; border-left: 1px solid var(--paper);
  border-top: 1px solid var(--paper); vertical-align: middle; overflow-wrap: normal; }
.heat td { text-align: center; white-space: nowrap; }
.heat td.long { text-align: left; white-space: normal; padding-left: .6rem; }
.heat tbody th, .heat thead tr:first-child th:first-child { position: sticky; left: 0; z-index: 1;
  background: var(--paper); border-right: 1px solid var(--line); }
.heat tbody th { width: 8.5rem; min-width: 8.5rem; max-width: 8.5rem; overflow-wrap: anywhere;
  line-height: 1.3; }
@media (min-width: 60rem) { .heat tbody th { width: 11rem; min-width: 11rem; max-width: 11rem; } }
.heat tbody th small { display: block; color: var(--soft); font-weight: 400; }
.heat td a { color: inherit; display: block; }
.heat tbody td:first-of-type { padding: .25rem .4rem; }
.heat thead th { vertical-align: bottom; }
.heat .turned { vertical-align: bottom; text-align: left; }
.turned span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 10rem;
  overflow-wrap: anywhere; line-height: 1.1; }
.good, .step0 { background: var(--good); color: var(--good-ink); }
.step1 { background: var(--step1); color: var(--step1-ink); }
.step2 { background: var(--step2); color: var(--step2-ink); }
.step3 { background: var(--step3); color: var(--step3-ink); font-weight: 700; }
.bad { background: var(--bad); color: var(--bad-ink); font-weight: 700; }
.known { background: var(--known); color: var(--known-ink); font-weight: 700; }
.speed { background: var(--speed); color: var(--speed-ink); }
.nothing { color: var(--soft); background: repeating-linear-gradient(135deg, transparent 0 4px,
  var(--hatch) 4px 6px); }
.answer.nothing { background: var(--panel); color: var(--ink); border: 1px dashed var(--soft); }
.heat td.nothing.long { background: var(--panel); }
.legend ul { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; list-style: none; padding: 0;
  font-size: .8125rem; margin: .5rem 0; }
.key { display: inline-block; min-width: 1.7rem; padding: 0 .3rem; margin-right: .4rem;
  text-align: center; border-radius: .2rem; }
.failed { border-left: 4px solid var(--bad); padding: .2rem 0 .2rem .8rem; margin: .8rem 0; }
.failed li { white-space: pre-line; }
.failed:has(:target) { background: var(--panel); } .failed ul { margin: 0; padding-left: 1.1rem; }
.plots { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%,
  19rem), 1fr)); align-items: start; }
figure { margin: 0; padding: .7rem; background: var(--panel); border: 1px solid var(--line);
  border-radius: .4rem; }
figcaption { font-size: .8125rem; color: var(--soft); }
figcaption strong { display: block; color: var(--ink); }
svg { display: block; width: 100%; max-width: 30rem; height: auto; margin-top: .4rem; }
svg text { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink); }
svg .label { font-size: 10px; fill: var(--soft); }
.room { fill: var(--room); } .bar { fill: var(--bar); } .bar.low { fill: var(--bad); }
.mark { stroke: var(--soft); stroke-width: 1; } .mark.floor { stroke: var(--ink);
  stroke-width: 1.5; stroke-dasharray: 4 2; }
details { margin: .8rem 0; } summary { cursor: pointer; padding: .4rem 0; }
footer { margin-top: 2rem; color: var(--soft); font-size: .875rem; }
@media print {
  @page { size: A4 landscape; margin: 1cm; }
  :root { color-scheme: light; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 9pt; } body { padding: 0; max-width: none; }
  nav { display: none; } .wide { overflow: visible; border: 0; }
  table { font-size: 8pt; } .heat { font-size: 5.5pt; }
  .heat th, .heat td { padding: .08rem .1rem; }
  .heat tbody th { position: static; width: 6rem; min-width: 6rem; max-width: 6rem; }
  tr, figure, .failed { break-inside: avoid; } h2, h3, h4 { break-after: avoid; }
  .plots { grid-template-columns: repeat(3, 1fr); } a { color: inherit; }
}
"""
