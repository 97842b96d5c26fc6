import type { Finding } from '../finding/finding.ts';

/**
 * Rules for web pages that mails break on purpose: their styles are inline, and Outlook's Word engine needs old
 * attributes.
 */
const DISABLED_RULES = [
  'no-inline-style',
  'no-conditional-comment',
  'no-deprecated-attr',
  'prefer-native-element',
  'presentation-role-style',
  'long-title',
];

/** Checks with html-validate that the HTML is well-formed and accessible. */
export async function checkStructure(html: string): Promise<Finding[]> {
  // Loaded on first use: it is large, and most commands check nothing.
  const { HtmlValidate } = await import('html-validate');
  const validator = new HtmlValidate({
    extends: ['html-validate:recommended', 'html-validate:a11y', 'html-validate:document'],
    rules: Object.fromEntries(DISABLED_RULES.map((rule) => [rule, 'off'])),
  });
  const report = await validator.validateString(html);
  return report.results
    .flatMap(({ messages }) => messages)
    .map(({ ruleId, message, selector }) => ({
      check: 'structure',
      what: `${message} (${ruleId})`,
      ...(selector ? { where: selector } : {}),
      fix: 'fix the template',
    }));
}
