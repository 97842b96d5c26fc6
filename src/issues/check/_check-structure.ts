import type { Finding } from './finding.ts';

/** Rules about pages that a mail breaks on purpose: styles stand inline, and Word's engine wants old attributes. */
const NOT_FOR_MAIL = [
  'no-inline-style',
  'no-conditional-comment',
  'no-deprecated-attr',
  'prefer-native-element',
  'presentation-role-style',
  'long-title',
];

/** Well-formed and accessible HTML, by html-validate. */
export async function checkStructure(html: string): Promise<Finding[]> {
  // Loaded on first use: it is large, and most commands check nothing.
  const { HtmlValidate } = await import('html-validate');
  const validator = new HtmlValidate({
    extends: ['html-validate:recommended', 'html-validate:a11y', 'html-validate:document'],
    rules: Object.fromEntries(NOT_FOR_MAIL.map((rule) => [rule, 'off'])),
  });
  const report = await validator.validateString(html);
  return report.results
    .flatMap(({ messages }) => messages)
    .map(({ ruleId, message, selector }) => ({
      check: 'structure',
      what: `${message} (${ruleId})`,
      ...(selector ? { where: selector } : {}),
      mend: 'mend the template',
    }));
}
