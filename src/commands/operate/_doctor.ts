import { countOf } from '../../count-of.ts';
import { SETTING_NAMES } from '../../config/config.ts';
import { checkSettings } from '../../doctor/checks/check-settings.ts';
import { runChecks } from '../../doctor/run-checks.ts';
import type { Finding } from '../../doctor/checks/finding.ts';
import { AppError } from '../../errors.ts';
import { type Options, type CommandResult, printOutcome } from '../shared/command.ts';
import { table } from '../shared/table.ts';
import { openSession } from '../shared/session.ts';
import type { Terminal } from '../shared/terminal.ts';

/** Exit code 1 if any finding is an error. Unusable settings and an unusable database are findings, not thrown. */
export async function runDoctor(terminal: Terminal, options: Options): Promise<void> {
  const session = await openSession(terminal).catch(async (error: unknown) => {
    if (!(error instanceof AppError)) {
      throw error;
    }
    await printOutcome(
      terminal,
      options,
      report([...describeStartupError(error), ...findUnknownSettings(terminal)]),
    );
  });
  if (session) {
    try {
      await printOutcome(terminal, options, report(await runChecks(session.context, terminal.env)));
    } finally {
      await session.close();
    }
  }
}

function findUnknownSettings({ env }: Terminal): Finding[] {
  return checkSettings(env, undefined).filter(({ state }) => state !== 'ok');
}

/** The error that prevented every other check, as findings. */
function describeStartupError({ message, problems }: AppError): Finding[] {
  const settings = problems.flatMap((problem) => {
    const [, name, what] = /^([A-Z_]+): (.*)$/s.exec(problem) ?? [];
    return name && what && SETTING_NAMES.includes(name.replace(/_FILE$/, '')) ? [{ name, what }] : [];
  });
  return settings.length > 0 && settings.length === problems.length
    ? settings.map(({ name, what }) => ({
        name,
        state: 'error',
        message: what,
        advice: 'Correct it in .env, or wherever the settings of this process come from.',
      }))
    : [{ name: 'database', state: 'error', message, advice: problems.join(' ') || 'See docs/operating.md.' }];
}

function report(findings: readonly Finding[]): CommandResult {
  const rows = findings.map(({ name, state, message, advice }) => [
    state,
    name,
    advice ? `${message.replace(/\.$/, '')}. ${advice}` : message,
  ]);
  const count = (state: string) => findings.filter((finding) => finding.state === state).length;
  return {
    json: { findings },
    text: `${table(rows)}\n\n${countOf(count('error'), 'error')}, ${countOf(count('warning'), 'warning')}.`,
    exitCode: count('error') > 0 ? 1 : 0,
  };
}
