import type { HtmlValidate, StaticConfigLoader as Loader } from 'html-validate';
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

let validator: Promise<HtmlValidate> | undefined;

/** Checks with html-validate that the HTML is well-formed and accessible. */
export async function checkStructure(html: string): Promise<Finding[]> {
  validator ??= openValidator();
  const report = await (await validator).validateString(html);
  return report.results
    .flatMap(({ messages }) => messages)
    .map(({ ruleId, message, selector }) => ({
      check: 'structure',
      what: `${message} (${ruleId})`,
      ...(selector ? { where: selector } : {}),
      fix: 'fix the template',
    }));
}

async function openValidator(): Promise<HtmlValidate> {
  // Loaded on first use: it is large, and most commands check nothing.
  const { HtmlValidate, StaticConfigLoader } = await import('html-validate');
  // Its base class merges the configuration again for each mail, which takes longer than checking it.
  class ConfigLoader extends StaticConfigLoader {
    #config: ReturnType<Loader['getConfigFor']> | undefined;

    override getConfigFor(handle: string) {
      this.#config ??= super.getConfigFor(handle);
      return this.#config;
    }
  }
  const loader = new ConfigLoader({
    root: true,
    extends: ['html-validate:recommended', 'html-validate:a11y', 'html-validate:document'],
    rules: Object.fromEntries(DISABLED_RULES.map((rule) => [rule, 'off'])),
  });
  return new HtmlValidate(loader);
}
