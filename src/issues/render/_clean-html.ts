/**
 * Removes artefacts of React Email 6.11 and React 19.3 from mail HTML: XHTML doctype and self-closing tags, comment
 * markers, camel-cased attributes. Turns `<template data-mso>` into the conditional comments that JSX cannot express.
 */
export function cleanHtml(html: string): string {
  return html
    .replace(/^<!DOCTYPE[^>]*>/i, '<!DOCTYPE html>')
    .replaceAll(/<(br|col|hr|img|meta|source)\b([^>]*?)\s*\/>/g, '<$1$2>')
    .replaceAll(/<!--(?:\/?\$[?!~]?|\/?&|\/?[A-Za-z]+| ?)-->/g, '')
    .replaceAll(
      /<template data-mso="([^"]*)"><\/template>/g,
      (_, code: string) => `<!--[if mso]>${unescape(code)}<![endif]-->`,
    )
    .replaceAll(/\s(cellPadding|cellSpacing|colSpan|srcSet)=/g, (attribute) => attribute.toLowerCase());
}

function unescape(text: string): string {
  const characters: Record<string, string> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#x27;': "'",
    '&amp;': '&',
  };
  return text.replaceAll(/&(?:lt|gt|quot|#x27|amp);/g, (entity) => characters[entity] ?? entity);
}
