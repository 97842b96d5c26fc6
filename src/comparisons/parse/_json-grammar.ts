/** What may come next; the longer names stand right after an opening bracket. */
export type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end';

/** The brackets open at this place, outermost first: an object with its keys so far, or null for a list. */
export type Open = (Set<string> | null)[];

/** What may follow the token; undefined when it may not stand here (RFC 8259), or repeats a key. */
export function advance(open: Open, expected: Expected, token: string): Expected | undefined {
  const mayClose = { 'value or ]': ']', 'key or }': '}' }[expected as string];
  if (token === mayClose) {
    return close(open);
  }
  if (expected.startsWith('value')) {
    return beginValue(open, token);
  }
  if (expected.startsWith('key')) {
    return beginField(open, token);
  }
  return expected === 'comma or end' ? endValue(open, token) : token === ':' ? 'value' : undefined;
}

export function isRepeatedKey(open: Open, expected: Expected, token: string): boolean {
  return (
    expected.startsWith('key') &&
    token.startsWith('"') &&
    Boolean(open.at(-1)?.has(JSON.parse(token) as string))
  );
}

function beginValue(open: Open, token: string): Expected | undefined {
  if (token === '{' || token === '[') {
    open.push(token === '{' ? new Set() : null);
    return token === '{' ? 'key or }' : 'value or ]';
  }
  return /^[^}\]:,]/.test(token) ? 'comma or end' : undefined;
}

function beginField(open: Open, token: string): Expected | undefined {
  if (!token.startsWith('"') || isRepeatedKey(open, 'key', token)) {
    return undefined;
  }
  open.at(-1)?.add(JSON.parse(token) as string);
  return 'colon';
}

function endValue(open: Open, token: string): Expected | undefined {
  const innermost = open.at(-1);
  if (innermost === undefined) {
    return undefined;
  }
  if (token === ',') {
    return innermost ? 'key' : 'value';
  }
  return token === (innermost ? '}' : ']') ? close(open) : undefined;
}

function close(open: Open): Expected {
  open.pop();
  return 'comma or end';
}
