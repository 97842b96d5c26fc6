import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { openContext } from '../../src/context.ts';
import { signUp } from '../../src/subscribers/join/sign-up.ts';
import { runVerdicts } from '../support/run-verdicts.ts';
import { createTestDatabase } from '../support/test-database.ts';
import {
  draftForReaders,
  expectOneMailEach,
  findIssueStatus,
  type Machine,
  serveStandIn,
  settingsOf,
  startMachine,
} from '../support/workers.ts';

/** Each takes up to twelve batches at once: of fewer than these, whoever looks last could find none left. */
const BATCHES_A_MACHINE = 14;

test(
  'three machines share an issue: none sends less than half of its fair share',
  { timeout: 60_000 },
  async () => {
    const names = ['one', 'two', 'three'];
    const { db, readers, settings, standIn, machines } = await startMachines(names);
    expect(await runVerdicts(['issue', 'send', 'latest'], settings)).toMatchObject({ code: 0 });
    await expect.poll(() => findIssueStatus(db), { timeout: 40_000, interval: 100 }).toBe('sent');
    await stop(machines);
    for (const name of names) {
      expect(standIn.callsOf(name).length, `what ${name} sent`).toBeGreaterThanOrEqual(BATCHES_A_MACHINE / 2);
    }
    expect(standIn.calls).toHaveLength(readers / 100);
    await expectOneMailEach(db, db, readers);
  },
);

test(
  'one machine loses the database and another is killed: the others send what both had begun, and the first goes on once its network is back',
  { timeout: 90_000 },
  async () => {
    const names = ['lost', 'killed', 'third', 'fourth'];
    const { db, readers, settings, standIn, machines, machine } = await startMachines(names);
    const { proxy } = machine('lost');
    standIn.onAccepted = async (call) => {
      const isThird = standIn.callsOf(call.machine).length === 3;
      if (isThird && call.machine === 'killed') {
        machine('killed').process.kill('SIGKILL');
      } else if (isThird && call.machine === 'lost') {
        // What a lost machine holds inside a transaction is a story of its own.
        await proxy.cutBetweenTransactions();
      }
    };
    expect(await runVerdicts(['issue', 'send', 'latest'], settings)).toMatchObject({ code: 0 });
    await expect.poll(() => findIssueStatus(db), { timeout: 60_000, interval: 100 }).toBe('sent');
    expect(await machine('killed').ended).toBe('SIGKILL');
    expect(proxy.isCut()).toBe(true);
    for (const name of ['lost', 'killed']) {
      const { key } = standIn.callsOf(name)[2]!;
      const callers = standIn.calls.filter((call) => call.key === key).map((call) => call.machine);
      expect(callers, `who sent the batch that ${name} could not record`).toEqual([
        name,
        expect.stringMatching(/^(third|fourth)$/),
      ]);
    }
    await expectOneMailEach(db, db, readers);

    await stop([machine('third'), machine('fourth')]);
    proxy.mend();
    await signUpAgainst(settings);
    const confirmations = () => standIn.callsOf('lost').filter(({ path }) => path === '/emails').length;
    await expect.poll(confirmations, { timeout: 20_000, interval: 50 }).toBe(1);
    await stop([machine('lost')]);
    expect(machines.map(({ process }) => process.exitCode)).toEqual([0, null, 0, 0]);
    const unsettled = await db.selectFrom('batches').select('id').where('status', '<>', 'settled').execute();
    expect(unsettled).toEqual([]);
  },
);

async function startMachines(names: readonly string[]) {
  const readers = 100 * BATCHES_A_MACHINE * names.length;
  const { db, url } = await createTestDatabase();
  const standIn = await serveStandIn(db);
  const settings = settingsOf(url, standIn, 'staff');
  await draftForReaders(db, readers, settings);
  const machines = await Promise.all(names.map((name) => startMachine(name, settingsOf(url, standIn, name))));
  const named = Object.fromEntries(machines.map((machine) => [machine.name, machine]));
  return { db, readers, settings, standIn, machines, machine: (name: string) => named[name] as Machine };
}

async function stop(machines: Machine[]): Promise<void> {
  machines.forEach((machine) => machine.process.kill('SIGTERM'));
  expect(await Promise.all(machines.map((machine) => machine.ended))).toEqual(machines.map(() => 0));
}

async function signUpAgainst(settings: Record<string, string>): Promise<void> {
  const config = readConfig({ ...settings, LOG_LEVEL: 'silent' });
  const context = await openContext(config, settings.DATABASE_URL ?? '', settings.RESEND_BASE_URL);
  onTestFinished(() => context.close());
  await signUp(context, { email: 'delivered+late@resend.dev', source: 'test', wording: 'test' });
}
