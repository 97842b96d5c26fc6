import { dark, fonts, light } from '../../../emails/_parts/frame/theme.ts';

const variables = (theme: Record<keyof typeof light, string>) =>
  Object.entries(theme)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

/** The stylesheet of every page, in the same palette as the mail. */
export const siteCss = `
:root{color-scheme:light dark;${variables(light)}}
@media (prefers-color-scheme:dark){:root{${variables(dark)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:1.0625rem/1.6 ${fonts.body};overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:2px}
h1:focus{outline:none}
h1,h2,h3,.brand{font-family:${fonts.display};line-height:1.2;margin:0 0 .5rem;text-wrap:balance}
h1{font-size:clamp(1.9rem,5vw,2.9rem);margin-bottom:1rem}
h2{font-size:1.5rem}
h3{font-size:1.2rem}
p{margin:0 0 1rem;max-width:42rem}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;z-index:1}
.skip.past:focus{position:static;display:inline-block}
.wrap{max-width:66rem;margin:0 auto;padding:0 1rem}
.demo{background:var(--ink);color:var(--paper);padding:.6rem 0;font-size:.95rem}
.demo p{margin:0;max-width:none}.demo code{font-size:.9em;white-space:nowrap}
.site-header{border-top:6px solid var(--ship);border-bottom:1px solid var(--line);background:var(--paper)}
.site-header .wrap{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;padding-top:.8rem;padding-bottom:.8rem}
.brand{font-size:1.25rem;font-weight:700;margin:0 auto 0 0}.brand a{color:inherit;text-decoration:none}
nav ul{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;list-style:none;margin:0;padding:0}
nav a{display:inline-block;padding:.4rem 0}.pages{margin:0 0 1.5rem}
main{padding:2rem 0 3rem;container-type:inline-size}
footer{border-top:1px solid var(--line);padding:1.5rem 0 2.5rem;font-size:.9rem;color:var(--quiet)}
.kicker{font-size:.9rem;font-weight:700;letter-spacing:.04em;color:var(--quiet);margin:0 0 .4rem}
.quiet{color:var(--quiet)}
.lede{font-size:1.2rem}
.sheet{background:var(--paper);border:1px solid var(--line);border-radius:.6rem;padding:clamp(1rem,3vw,2rem);margin:0 0 1.5rem}
.sheet>:last-child{margin-bottom:0}
.narrow{max-width:38rem;margin-inline:auto}
.columns{display:grid;gap:1.5rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr))}
.columns>*{min-width:0}
table{border-collapse:collapse;width:100%;margin:0 0 1.25rem}
caption{text-align:left;color:var(--quiet);font-size:.9rem;padding:0 0 .4rem}
th,td{text-align:left;vertical-align:top;padding:.55rem .6rem;border-bottom:1px solid var(--line)}
th{overflow-wrap:break-word}
.glance{table-layout:fixed}.glance td:first-child,.glance tbody th{width:30%}.glance thead th{overflow-wrap:anywhere}
.even{table-layout:fixed}.even th{overflow-wrap:anywhere}.even thead th:first-child{width:42%}
tbody th,thead th{word-break:normal}
tbody th a,.unbroken{white-space:nowrap}
tbody th{font-weight:400;color:var(--quiet)}
.figure{font-size:1.35rem;font-weight:700}
.pick{font-weight:700;color:var(--ship)}
.chip{display:inline-block;padding:0 .5em;border-radius:.3em;font-size:.9rem;font-weight:700;white-space:nowrap}
.chip-ship{color:var(--ship);background:var(--shipWash)}.chip-skip{color:var(--skip);background:var(--skipWash)}
.chip-plain{color:var(--ink);background:var(--wash);border:1px solid var(--line)}
.tool-picture{display:block;width:4rem;height:4rem;margin:0 0 .8rem;border:1px solid var(--line);border-radius:.6rem;background:var(--wash);font:700 1.5rem/4rem ${fonts.display};text-align:center}
blockquote{margin:.4rem 0 1.2rem;padding-left:1rem;border-left:3px solid var(--line)}
blockquote p{margin:0}
form{margin:0}
label{display:block;font-weight:700;margin:0 0 .3rem}
input,select{font:inherit;color:var(--ink);background:var(--page);border:1px solid var(--quiet);border-radius:.4rem;padding:.6rem .8rem;min-height:2.9rem;width:100%;max-width:26rem}
.wide input,.wide select{max-width:none}.wide textarea{display:block}.wide p{max-width:none}
.sheet>:not(.kicker)+h2{margin-top:1.8rem}
.row{margin-bottom:1.2rem;display:flex;flex-wrap:wrap;gap:.7rem;align-items:end}
.address{overflow-wrap:anywhere}
.trap{position:absolute;left:-100vw;width:1px;height:1px;overflow:hidden}
.row>.grow{flex:0 1 26rem}
.row>*{min-width:0;max-width:100%}
button,.button{font:inherit;font-weight:700;min-height:2.9rem;padding:.6rem 1.3rem;border-radius:.4rem;border:2px solid var(--ship);background:var(--ship);color:var(--onFill);cursor:pointer;text-decoration:none;display:inline-block}
button.link{all:unset;cursor:pointer;color:var(--link);text-decoration:underline;text-underline-offset:.15em}button.link:focus-visible{outline:3px solid var(--link);outline-offset:2px}
button.stop{background:var(--paper);color:var(--skip);border-color:var(--skip)}
button.choice{background:var(--paper);color:var(--ink);border-color:var(--ink);min-width:7rem}
.choices{display:flex;flex-wrap:wrap;gap:.7rem}.choices>form{flex:1 1 9rem}.choices .choice{width:100%;min-height:3.6rem;font-size:1.2rem}
button.big{font-size:1.2rem;min-height:3.6rem;width:100%}
button.plain,.button.plain{background:var(--paper);color:var(--ink);border-color:var(--quiet)}
.ballot{list-style:none;margin:0;padding:0}
.ballot li{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;justify-content:space-between;padding:.8rem 0;border-top:1px solid var(--line)}
.buttons{display:flex;flex-wrap:wrap;gap:.5rem}
.problem{border-left:4px solid var(--skip);padding-left:1rem;color:var(--skip);font-weight:700}
.notice{border-left:4px solid var(--ship);padding-left:1rem}
ul.plain{list-style:none;margin:0 0 2rem;padding:0}
ul.plain>li{padding:.7rem 0;border-top:1px solid var(--line)}
pre{white-space:pre-wrap;background:var(--wash);border:1px solid var(--line);border-radius:.4rem;padding:1rem;font-size:.9rem;line-height:1.5;overflow-x:auto}
iframe{border:1px solid var(--line);border-radius:.4rem;background:#fff;width:100%;height:70vh;display:block;margin:0 auto 1rem}
iframe.progress{height:24rem;background:none}.frame{background:var(--paper)}.frame>.sheet{border:0;margin:0}
iframe.phone{width:375px;max-width:100%;height:4300px}iframe.desktop{height:3700px}
.frames{display:grid;gap:1rem;align-items:start}@media (min-width:60rem){.frames{grid-template-columns:377px minmax(0,1fr)}}
.desk>iframe{display:none}@media (min-width:60rem){.desk{display:grid;gap:1.5rem;grid-template-columns:minmax(0,1fr) 377px;align-items:start}.desk>iframe{display:block;position:sticky;top:1rem;height:calc(100vh - 2rem);min-height:30rem}}
meter{width:100%;height:1rem;margin:0 0 1rem}kbd{font:inherit;font-weight:700;border:1px solid var(--line);border-radius:.25rem;padding:0 .35em}
[draggable=true]{cursor:grab}
.plain-list{list-style:none;padding:0}.plain-list p{margin:0}
.tabs{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;padding:0;margin:0 0 1rem}
.tabs a{display:inline-block;padding:.35rem .9rem;border:1px solid var(--line);border-radius:2rem;background:var(--paper)}
.tabs a[aria-current]{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.findings>div{border-left:4px solid var(--ship);padding:.1rem 0 .1rem 1rem;margin:0 0 1rem}.findings.error>div{border-color:var(--skip)}.findings.warning>div{border-color:var(--quiet)}.findings dt{font-weight:700}.findings dd{margin:0;overflow-wrap:anywhere}.advice{margin:.2rem 0 0}.ok>div{margin:0 0 .4rem}
summary{cursor:pointer;font-weight:700;padding:.4rem 0}
@media (scripting:none){.needs-script{display:none}}
.status-bar{display:block;width:100%;height:1.2rem;margin:.6rem 0 1rem;border:1px solid var(--line);border-radius:.3rem}
.bar-arrived{fill:var(--ship)}.bar-sent{fill:var(--link)}.bar-problem{fill:var(--skip)}.bar-other{fill:var(--quiet)}.bar-waiting{fill:var(--line)}.bar-key{width:.8em;height:.8em}
progress{width:100%;height:1rem;accent-color:var(--ship)}
.beside{display:grid;gap:1.5rem;align-items:start}
@media (min-width:60rem){.beside{grid-template-columns:minmax(0,1fr) 19rem}.beside>.sheet:last-child{position:sticky;top:1rem}}
.beside>*{min-width:0}
textarea{font:inherit;color:var(--ink);background:var(--page);border:1px solid var(--quiet);border-radius:.4rem;padding:.6rem .8rem;width:100%;margin:0 0 1rem;field-sizing:content;min-height:4.5rem}
fieldset{border:1px solid var(--line);border-radius:.4rem;margin:0 0 1.2rem;padding:.8rem 1rem;min-width:0}legend{font-weight:700;padding:0 .4rem}
img{max-width:100%;height:auto}
[hidden]{display:none!important}
.options{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,12rem),1fr));gap:0 1rem}
.option{display:flex;gap:.6rem;align-items:center;font-weight:400;min-height:2.4rem;margin:0}.option input{flex:none;width:1.3rem;height:1.3rem;min-height:0;accent-color:var(--ship)}
.sheet img{border:1px solid var(--line);border-radius:.4rem}
.crowds{margin:1.2rem 0}
.chart{margin:0 0 1.5rem;max-width:36rem}
.chart figcaption{font-size:.9rem}
.chart-name{display:flex;flex-wrap:wrap;gap:.2rem 1rem;justify-content:space-between;max-width:none;margin:0}
.chart-line{margin:0 0 .8rem}
.chart svg{display:block;width:100%;height:auto;overflow:visible}
.chart-track{stroke:var(--line)}.chart-range{stroke:var(--ship);opacity:.35}.chart-readers,.key-readers{fill:var(--ship);color:var(--ship)}
.chart-line-votes{stroke:var(--ship);fill:none;stroke-width:2}
.chart-joined{fill:var(--ship)}.chart-left,.key-left{fill:var(--skip);color:var(--skip)}
.timeline{list-style:none;margin:1rem 0 0;padding:0}
.timeline li{position:relative;padding:0 0 1rem 1.6rem;border-left:2px solid var(--line);margin-left:.4rem}
.timeline li::before{content:"";position:absolute;left:-.5rem;top:.35rem;width:.9rem;height:.9rem;border-radius:50%;background:var(--paper);border:2px solid var(--quiet);box-sizing:border-box}
.timeline .done{border-left-color:var(--ship)}.timeline .done::before{background:var(--ship);border-color:var(--ship)}
.timeline .current::before{border-color:var(--ship);border-width:.28rem}
.timeline li:last-child{border-left-color:transparent;padding-bottom:0}
.chart-panel,.key-panel{fill:var(--paper);stroke:var(--ink);stroke-width:2.5;color:var(--ink)}
@media (max-width:30rem){th,td{padding:.45rem .4rem}.glance{font-size:.95rem}}
@media (max-width:22.5rem){th,td{padding:.4rem .2rem}table{font-size:.85rem;letter-spacing:-.01em}thead th{font-size:.8rem}.glance td:first-child,.glance tbody th{width:28%}.even thead th:first-child{width:40%}}
@container (max-width:14rem){th,td,tbody th a,.unbroken,.chip{overflow-wrap:anywhere;white-space:normal}}
@media print{nav,.demo,.skip,.sheet:has(>#sign-up){display:none}body{background:none;font-size:11pt}.sheet{border:0;padding:0;break-inside:auto}a{color:inherit}}
`;

export const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="${light.ship}"/><path d="M7 16.5l6 6L25.500 9.500" fill="none" stroke="${light.onFill}" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
