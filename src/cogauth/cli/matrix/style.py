"""How the page looks, on a screen, in the dark and on paper."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2430; --dim: #5b6675; --line: #d5dbe3; --paper: #fff; --raised: #f4f6f9;
  --good: #0b6b3a; --good-paper: #e2f5e9; --open: #0a558c; --open-paper: #e0f0fc;
  --more: #7a5200; --more-paper: #fdf3d8;
  --bad: #a1161f; --bad-paper: #fde6e7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --dim: #9aa6b5; --line: #36414f; --paper: #12171e;
  --raised: #1b222c; --good: #79dba3; --good-paper: #12331f; --open: #8cc8f5; --open-paper: #10304a; --more: #f2cc6b;
  --more-paper: #3a2d0a; --bad: #ff9aa0; --bad-paper: #431519; } }
* { box-sizing: border-box; }
body { margin: 2rem auto; max-width: 110rem; padding: 0 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 1rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .7rem; }
code { font: .92em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
header { border-bottom: 1px solid var(--line); padding-bottom: 1rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2.2rem; margin: 0; }
dt { color: var(--dim); font-size: .8rem; } dd { margin: 0; }
header p, footer { color: var(--dim); }
footer { border-top: 1px solid var(--line); margin-top: 2.5rem; font-size: .85rem; }
a { color: inherit; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; } caption { position: absolute; left: -99in; }
th, td { padding: .38rem .65rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { background: var(--raised); font-size: .85rem; position: sticky; top: 0; }
tbody th { font-weight: 400; white-space: nowrap; background: var(--paper); position: sticky; left: 0; }
thead th:first-child { left: 0; z-index: 1; }
td { font-size: .88rem; } td.rule, td.means { color: var(--dim); min-width: 9rem; }
td.public, td.allowed, td.more, td.no, td.denied, td.nobody, td.unknown, th.role { text-align: center; }
td.allowed { background: var(--good-paper); color: var(--good); font-weight: 600; }
td.public { background: var(--open-paper); color: var(--open); font-weight: 600; }
td.more, td.unknown { background: var(--more-paper); color: var(--more); }
td.denied { background: var(--bad-paper); color: var(--bad); font-weight: 600; }
td.no, td.nobody { color: var(--dim); }
.deny { color: var(--bad); display: block; } .mark { color: var(--dim); font-size: .8rem; font-style: italic; }
tr.shadow > * { opacity: .65; }
table.plain { width: auto; border: 1px solid var(--line); } table.plain tbody th { white-space: normal; }
@media print { @page { size: A4 landscape; margin: 12mm; }
  :root { --ink: #000; --dim: #444; --line: #999; --paper: #fff; --raised: #eee; --good: #000; --good-paper: #ddf3e4;
    --open: #000; --open-paper: #dcecf8; --more: #000; --more-paper: #fbf0d0; --bad: #000; --bad-paper: #f7d9db; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { margin: 0; padding: 0; font-size: 10px; max-width: none; } .wide { overflow: visible; }
  thead { display: table-header-group; } thead th, tbody th { position: static; } tr { break-inside: avoid; } }
"""
