import { colourVariables } from "../plot/palette.ts";

const LIGHT =
  "--paper:#fdfefe;--ink:#1c2530;--muted:#4f5b6a;--edge:#d9dfe7;--tint:#f1f4f8;--link:#0b5cad;--warn:#8a4b00;--warn-tint:#fff4e0;--bad:#a3141b;--bad-tint:#fdecec;--good:#14683a";
const DARK =
  "--paper:#171d26;--ink:#e6eaf0;--muted:#aab4c2;--edge:#333d4a;--tint:#1f2733;--link:#7dbbff;--warn:#f5c06a;--warn-tint:#33280f;--bad:#ff9c96;--bad-tint:#3a1a1c;--good:#7bd6a0";

/** The page's style sheet: light and dark, narrow and wide, and on paper always light. */
export const STYLE = `:root{color-scheme:light dark;${LIGHT};${colourVariables("light")}}
@media screen and (prefers-color-scheme:dark){:root{${DARK};${colourVariables("dark")}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main,header,footer{max-width:54rem;margin:0 auto;padding:0 1rem}
header{padding-top:2rem}
footer{padding-top:1rem;padding-bottom:2rem;color:var(--muted);font-size:.875rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.25rem;margin:2.5rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--edge)}
h3{font-size:1.0625rem;margin:1.75rem 0 .25rem}
h4{font-size:1rem;margin:1.25rem 0 .25rem}
h1,h2,h3,h4,p,li,dd,td,th,figcaption,summary{overflow-wrap:anywhere}
p,ul{margin:.5rem 0}
ul{padding-left:1.25rem}
a{color:var(--link)}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1rem}
code,pre{font:.875rem/1.45 ui-monospace,monospace}
pre{margin:.5rem 0;padding:.75rem;background:var(--tint);border:1px solid var(--edge);border-radius:4px;overflow-x:auto;user-select:all}
pre.wrap{white-space:pre-wrap;overflow-wrap:anywhere}
.lead{font-size:1.125rem}
.lead p{margin:.25rem 0}
.muted{color:var(--muted)}
.caution{padding:.5rem .75rem;border-left:4px solid var(--warn);background:var(--warn-tint)}
.error{border-left-color:var(--bad);background:var(--bad-tint)}
.pass{color:var(--good);font-weight:600}
.fail{color:var(--bad);font-weight:600}
.scroll{overflow-x:auto;margin:.5rem 0}
table{border-collapse:collapse;font-size:.9375rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--edge);overflow-wrap:normal}
tbody th{font-weight:400}
th.right,td.right{text-align:right}
td,tbody th{white-space:nowrap}
.long{white-space:normal}
td.long{min-width:14rem}
tbody th.long{min-width:10rem}
caption{text-align:left;color:var(--muted);padding-bottom:.25rem}
figure{margin:1rem 0;break-inside:avoid}
figure svg{display:block;max-width:100%;height:auto}
figcaption{color:var(--muted);font-size:.875rem}
.narrow{display:none}
summary{cursor:pointer;color:var(--link);font-size:.9375rem;padding:.25rem 0}
dl{display:grid;grid-template-columns:minmax(8rem,13rem) 1fr;gap:.25rem 1rem;margin:.5rem 0}
dt{color:var(--muted)}
dt{grid-column:1}
dd{margin:0;grid-column:2}
button.copy{font:inherit;font-size:.875rem;padding:.25rem .75rem;color:var(--ink);background:var(--paper);border:1px solid var(--muted);border-radius:4px;cursor:pointer}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media screen and (max-width:47rem){.wide{display:none}.narrow{display:block}dl{grid-template-columns:1fr;gap:0}dd{grid-column:1;margin-bottom:.25rem}dt{margin-top:.25rem}h1{font-size:1.5rem}}
@media print{body{font-size:10.5pt}main,header,footer{max-width:none}nav,button.copy,details:not([open]){display:none}h2,h3,h4{break-after:avoid}.scroll,pre{overflow:visible}pre{white-space:pre-wrap;overflow-wrap:anywhere}table{font-size:9pt}a{color:inherit;text-decoration:none}}
`;
