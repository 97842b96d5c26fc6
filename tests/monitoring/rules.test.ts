import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { hasProgram, ROOT, runProgram } from '../deploy/tools.ts';

const MONITORING = path.join(ROOT, 'deploy/monitoring');

interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const { groups } = parse(readFileSync(path.join(MONITORING, 'alerts.yml'), 'utf8')) as {
  groups: { rules: Rule[] }[];
};
const rules = groups.flatMap(({ rules }) => rules);

test.runIf(hasProgram('promtool'))(
  'promtool accepts configuration and rules; each alert is raised by what it is about',
  async () => {
    await runProgram(['promtool', 'check', 'config', path.join(MONITORING, 'prometheus.yml')]);
    const checked = await runProgram([
      'promtool',
      'check',
      'rules',
      '--lint-fatal',
      path.join(MONITORING, 'alerts.yml'),
    ]);
    expect(checked).toContain(`SUCCESS: ${rules.length} rules found`);
    const cases = path.join(ROOT, 'tests/monitoring/alerts.test.yml');
    expect(await runProgram(['promtool', 'test', 'rules', cases])).toContain('SUCCESS');
    const tested = readFileSync(cases, 'utf8');
    expect(
      rules.filter(({ alert }) => !tested.includes(`alertname: ${alert}\n        exp_alerts:\n          -`)),
    ).toEqual([]);
  },
);

test('each alert has a severity and its paragraph of the runbook, and each paragraph its alert', () => {
  const runbook = readFileSync(path.join(ROOT, 'docs/runbook.md'), 'utf8');
  const paragraphs = [...runbook.matchAll(/^## (\w+)\n\n(.+)/gm)].map(([, name = '']) => name);
  expect(paragraphs).toEqual(rules.map(({ alert }) => alert));
  for (const { alert, labels, annotations } of rules) {
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
  }
});
