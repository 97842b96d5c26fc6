/**
 * Repairs what React Email and React leave in mail HTML (React Email 6.11, React 19.3): an XHTML doctype and
 * endings, comment markers, camel-cased attributes; and writes the conditional comments that JSX cannot (`<template data-mso>`).
 */
export function cleanHtml(html: string): string {
  return html
    .replace(/^<!DOCTYPE[^>]*>/i, '<!DOCTYPE html>')
    .replaceAll(/<(br|col|hr|img|meta)\b([^>]*?)\s*\/>/g, '<$1$2>')
    .replaceAll(/<!--(?:\/?\$[?!~]?|\/?&|\/?[A-Za-z]+| ?)-->/g, '')
    .replaceAll(
      /<template data-mso="([^"]*)"><\/template>/g,
      (_, code: string) => `<!--[if mso]>${unescape(code)}<![endif]-->`,
    )
    .replaceAll(/\s(cellPadding|cellSpacing|colSpan)=/g, (attribute) => attribute.toLowerCase());
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
