import { dark, fonts, light } from '../../../../emails/_parts/frame/theme.ts';

const variables = (theme: Record<keyof typeof light, string>) =>
  Object.entries(theme)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

/** The look of a mail client, in the palette of the mail templates. */
export const outboxCss = `
:root{color-scheme:light dark;${variables(light)}}
@media (prefers-color-scheme:dark){:root{${variables(dark)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 ${fonts.body};overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:.25rem}
main:focus{outline:none}
h1{font:700 clamp(1.4rem,4vw,1.9rem)/1.25 ${fonts.display};margin:0 0 1rem;text-wrap:balance}
p{margin:0}
.wrap{max-width:72rem;margin:0 auto;padding:0 1rem}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem 1rem;z-index:2}
.bar{background:var(--paper);border-bottom:1px solid var(--line)}
.bar .wrap{display:flex;flex-wrap:wrap;gap:.1rem 1rem;align-items:baseline;padding-top:.75rem;padding-bottom:.75rem}
.bar p{color:var(--quiet);font-size:.9rem}
.brand{font:700 1.1rem/1.5 ${fonts.display};color:inherit;text-decoration:none;padding:.1rem 0}
.brand:hover{text-decoration:underline}
main.wrap{padding-top:1.5rem;padding-bottom:3rem}
label{display:block;font-weight:600;font-size:.9rem;margin-bottom:.3rem}
.row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}
input{font:inherit;color:var(--ink);background:var(--paper);border:1px solid var(--quiet);border-radius:.4rem;padding:.45rem .7rem;min-height:2.75rem;flex:1 1 12rem;max-width:24rem;min-width:0}
input::placeholder{color:var(--quiet);opacity:1}
button{font:inherit;font-weight:600;color:var(--onFill);background:var(--ship);border:1px solid var(--ship);border-radius:.4rem;padding:.45rem 1.1rem;min-height:2.75rem;cursor:pointer}
button:hover{filter:brightness(1.08)}
.counts{display:flex;flex-wrap:wrap;gap:.1rem 1rem;color:var(--quiet);font-size:.9rem;margin:1.25rem 0 .75rem}
.counts strong{color:var(--ink)}
.columns,.mails li{display:grid;gap:0 1rem;grid-template-columns:minmax(0,18.5rem) minmax(0,1fr) 7rem 12.5rem;align-items:center;padding:0 1rem}
.columns{color:var(--quiet);font-size:.8rem;font-weight:600;padding-bottom:.35rem}
.columns :last-child,.mails time{text-align:right}
.mails{list-style:none;margin:0;padding:0;background:var(--paper);border:1px solid var(--line);border-radius:.6rem;overflow:hidden}
.mails li{position:relative;min-height:3.25rem;border-top:1px solid var(--line)}
.mails li:first-child{border-top:0}
.mails li:hover{background:var(--wash)}
.mails li:has(:focus-visible){outline:3px solid var(--link);outline-offset:-3px;border-radius:.6rem}
.mails .to,.mails .subject{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.mails .to{color:var(--quiet)}
.mails .subject{color:var(--ink);font-weight:600;text-decoration:none}
.mails .subject:focus-visible{outline:none}
.mails li:hover .subject{text-decoration:underline}
.subject::after{content:"";position:absolute;inset:0}
time{font-variant-numeric:tabular-nums;white-space:nowrap}
.mails time{color:var(--quiet);font-size:.9rem}
.chip{display:inline-block;justify-self:start;padding:.05rem .6rem;border-radius:1rem;font-size:.85rem;font-weight:600;color:var(--ink);background:var(--wash);border:1px solid var(--line);white-space:nowrap}
.chip-delivered{color:var(--ship);background:var(--shipWash);border-color:var(--shipWash)}
.chip-bounced,.chip-complained,.chip-suppressed{color:var(--skip);background:var(--skipWash);border-color:var(--skipWash)}
.pager{display:flex;gap:.6rem;justify-content:flex-end;margin-top:1rem}
.pager a,.tabs a,.width a{display:inline-block;padding:.45rem 1rem;border-radius:.4rem;text-decoration:none}
.pager a{background:var(--paper);border:1px solid var(--line)}
.pager button{background:var(--paper);color:var(--link);border:1px solid var(--line)}
.pager a:hover,.back a:hover{text-decoration:underline}
.empty{background:var(--paper);border:1px solid var(--line);border-radius:.6rem;padding:2.5rem 1.5rem;text-align:center;color:var(--quiet)}
.empty p+p{margin-top:.5rem}
.empty h1{color:var(--ink)}
.back{margin-bottom:.5rem}
.back a{display:inline-block;padding:.3rem 0;text-decoration:none}
.back a::before{content:"\\2190\\00a0" / ""}
.envelope{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.25rem 1rem;margin:0 0 1.25rem}
.envelope dt{color:var(--quiet)}
.envelope dd{margin:0}
.envelope .chip{margin-left:.5rem}
.tabs,.width ul{display:flex;flex-wrap:wrap;list-style:none;margin:0;padding:0}
.tabs{gap:.25rem;border-bottom:1px solid var(--line);margin-bottom:1rem}
.tabs a{color:var(--quiet);border-radius:.4rem .4rem 0 0;border-bottom:3px solid transparent;margin-bottom:-1px}
.tabs a:hover,.width a:hover{color:var(--ink);text-decoration:underline}
.tabs a[aria-current]{color:var(--ink);font-weight:600;border-bottom-color:var(--ship)}
.width{display:flex;justify-content:center;margin-bottom:.75rem}
.width ul{border:1px solid var(--line);border-radius:.5rem;background:var(--paper);padding:.15rem;gap:.15rem}
.width a{color:var(--quiet);padding:.25rem 1rem;font-size:.9rem}
.width a[aria-current]{color:var(--ink);font-weight:600;background:var(--wash);box-shadow:inset 0 0 0 1px var(--line)}
iframe{display:block;width:100%;height:max(32rem,calc(100vh - 10rem));margin:0 auto;border:1px solid var(--line);border-radius:.6rem;background:#fff}
iframe.phone{width:377px;max-width:100%}
.text{margin:0;background:var(--paper);border:1px solid var(--line);border-radius:.6rem;padding:1.25rem;font:.9rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap}
table{width:100%;border-collapse:collapse;background:var(--paper);border:1px solid var(--line);margin-bottom:1.5rem}
caption{text-align:left;font-weight:600;padding-bottom:.4rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .9rem;border-top:1px solid var(--line)}
th{font-weight:400;color:var(--quiet);width:14rem}
@media (max-width:56rem){
.columns{display:none}
.mails li{grid-template-columns:minmax(0,1fr) auto;gap:.1rem .75rem;padding:.7rem 1rem}
.mails .to{grid-area:1/1}.mails time{grid-area:3/1;text-align:left;font-size:.85rem}
.mails .chip{grid-area:1/2}
.mails .subject{grid-area:2/1/3/3;white-space:normal}
}
@media (max-width:40rem){.width{display:none}th,td{display:block;width:auto;padding:.4rem .9rem}td{border-top:0;padding-top:0}}
`;

export const outboxIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="${light.ink}"/><path d="M7 10h18v13H7zM7 10l9 7 9-7" fill="none" stroke="${light.paper}" stroke-width="2.5" stroke-linejoin="round"/></svg>`;
