"""How the page looks, on light and dark screens."""

from typing import Final

__all__ = ["STYLE"]

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5c6570;--paper:#fff;--line:#d8dde3;--shade:#f4f6f8;--good:#187a3c;
--bad:#c02b2b;--warn:#9a5b00;--pass:#bfe5cb;--c0:#1668b8;--c1:#c2571a;--c2:#187a3c;--c3:#8a3fb0;--c4:#a3195b;--c5:#57606a}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--soft:#9aa4af;--paper:#14181d;--line:#353c45;--shade:#1d232a;
--good:#57c983;--bad:#ff7a72;--warn:#e3a94b;--pass:#1f4d30;--c0:#6cb2f5;--c1:#f0965c;--c2:#57c983;--c3:#cd93ec;
--c4:#f07cae;--c5:#aab3bd}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1rem 1.5rem 4rem;background:var(--paper);color:var(--ink);
font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.4rem;margin:.5rem 0 1rem}h2{font-size:1.1rem;margin:2rem 0 .6rem}h3{font-size:1rem;margin:1rem 0 .3rem}
table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0;text-align:left;vertical-align:middle}
th{color:var(--soft);white-space:nowrap;font-weight:400}
header table{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:0 1rem}
header tbody,header tr{display:contents}header tr{display:flex}header th{min-width:6.5rem}
small,.brief{color:var(--soft)}.brief{color:var(--ink);font-variant-numeric:tabular-nums;margin-left:.8rem}
a{color:var(--c0)}
.badge{display:inline-block;min-width:4.8rem;font-size:.8rem;font-weight:600;color:var(--soft)}
.P{color:var(--good)}.F,.E{color:var(--bad)}.T,.S{color:var(--warn)}
h1 .badge{font-size:1.1rem}
.failures{border-left:4px solid var(--bad);background:var(--shade);padding:.4rem 1rem .8rem;margin-top:1.5rem}
.failures h2{margin-top:.4rem}.failures ol{margin:0;padding-left:1.6rem}.failures li{margin:.4rem 0}
.step{margin-left:1.1rem;padding:.12rem 0}details.step{margin-left:0}
details.step>.step,details.step>details.step{margin-left:1.4rem;border-left:1px solid var(--line);padding-left:.6rem}
details.step>.step{margin-left:1.4rem;padding-left:1.7rem}
summary{cursor:pointer}summary:hover{background:var(--shade)}
details.step>:not(summary):not(.step){margin-left:1.4rem}
.measured td{font-variant-numeric:tabular-nums}
.message{color:var(--bad);margin:.2rem 0}
pre{background:var(--shade);padding:.5rem .8rem;white-space:pre-wrap;margin:.3rem 0}
figure{margin:.5rem 0}img{max-width:100%}figcaption{color:var(--soft);font-size:.9rem}
figcaption span{margin-left:1rem;font-weight:600}
svg{max-width:100%;height:auto;vertical-align:middle}.chart svg{width:40rem}
svg text{font-size:11px;fill:var(--soft)}
.axis,.grid{stroke:var(--line);fill:none}.passing{fill:var(--pass)}.limit{stroke:var(--ink);stroke-width:1.5}
circle.good{fill:var(--good)}circle.bad{fill:var(--bad)}
.curve{fill:none;stroke:currentColor;stroke-width:1.6;stroke-linejoin:round}.dot{fill:currentColor}
.c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}.c5{color:var(--c5)}
@media print{body{max-width:none}summary{list-style:none}}
"""
