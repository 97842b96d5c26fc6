import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { openContext } from '../../src/context.ts';
import { signUp } from '../../src/subscribers/join/sign-up.ts';
import { runCommand } from '../support/run-command.ts';
import { createTestDatabase } from '../support/test-database.ts';
import {
  draftIssueFor,
  expectOneMailEach,
  findIssueStatus,
  type Worker,
  serveFakeResend,
  settingsOf,
  startWorker,
} from '../support/workers.ts';

/** Each worker takes up to twelve batches at once: with fewer batches, the last worker could find none left. */
const BATCHES_PER_WORKER = 14;

test(
  'when three workers share an issue, none sends less than half of its fair share',
  { timeout: 60_000 },
  async () => {
    const names = ['one', 'two', 'three'];
    const { db, readers, settings, fakeResend, workers } = await startWorkers(names);
    expect(await runCommand(['issue', 'send', 'latest', '--yes'], settings)).toMatchObject({ code: 0 });
    await expect.poll(() => findIssueStatus(db), { timeout: 40_000, interval: 100 }).toBe('sent');
    await stop(workers);
    for (const name of names) {
      expect(fakeResend.callsOf(name).length, `what ${name} sent`).toBeGreaterThanOrEqual(
        BATCHES_PER_WORKER / 2,
      );
    }
    expect(fakeResend.calls).toHaveLength(readers / 100);
    await expectOneMailEach(db, db, readers);
  },
);

test(
  'when one worker loses the database and another is killed, the others send what both had begun, and the first recovers with its network',
  { timeout: 90_000 },
  async () => {
    const names = ['lost', 'killed', 'third', 'fourth'];
    const { db, readers, settings, fakeResend, workers, worker } = await startWorkers(names);
    const { proxy } = worker('lost');
    fakeResend.onAccepted = async (call) => {
      const isThird = fakeResend.callsOf(call.worker).length === 3;
      if (isThird && call.worker === 'killed') {
        worker('killed').process.kill('SIGKILL');
      } else if (isThird && call.worker === 'lost') {
        // lost-transaction.test.ts covers a worker that is lost inside a transaction.
        await proxy.cutBetweenTransactions();
      }
    };
    expect(await runCommand(['issue', 'send', 'latest', '--yes'], settings)).toMatchObject({ code: 0 });
    await expect.poll(() => findIssueStatus(db), { timeout: 60_000, interval: 100 }).toBe('sent');
    expect(await worker('killed').ended).toBe('SIGKILL');
    expect(proxy.isCut()).toBe(true);
    for (const name of ['lost', 'killed']) {
      const { key } = fakeResend.callsOf(name)[2]!;
      const callers = fakeResend.calls.filter((call) => call.key === key).map((call) => call.worker);
      expect(callers, `who sent the batch that ${name} could not record`).toEqual([
        name,
        expect.stringMatching(/^(third|fourth)$/),
      ]);
    }
    await expectOneMailEach(db, db, readers);

    await stop([worker('third'), worker('fourth')]);
    proxy.heal();
    await signUpAgainst(settings);
    const confirmations = () => fakeResend.callsOf('lost').filter(({ path }) => path === '/emails').length;
    await expect.poll(confirmations, { timeout: 20_000, interval: 50 }).toBe(1);
    await stop([worker('lost')]);
    expect(workers.map(({ process }) => process.exitCode)).toEqual([0, null, 0, 0]);
    const unsettled = await db.selectFrom('batches').select('id').where('status', '<>', 'settled').execute();
    expect(unsettled).toEqual([]);
  },
);

async function startWorkers(names: readonly string[]) {
  const readers = 100 * BATCHES_PER_WORKER * names.length;
  const { db, url } = await createTestDatabase();
  const fakeResend = await serveFakeResend(db);
  const settings = settingsOf(url, fakeResend, 'staff');
  await draftIssueFor(db, readers, settings);
  const workers = await Promise.all(
    names.map((name) => startWorker(name, settingsOf(url, fakeResend, name))),
  );
  const named = Object.fromEntries(workers.map((worker) => [worker.name, worker]));
  return { db, readers, settings, fakeResend, workers, worker: (name: string) => named[name] as Worker };
}

async function stop(workers: Worker[]): Promise<void> {
  workers.forEach((worker) => worker.process.kill('SIGTERM'));
  expect(await Promise.all(workers.map((worker) => worker.ended))).toEqual(workers.map(() => 0));
}

async function signUpAgainst(settings: Record<string, string>): Promise<void> {
  const config = readConfig({ ...settings, LOG_LEVEL: 'silent' });
  const context = await openContext(config, settings.DATABASE_URL ?? '', settings.RESEND_BASE_URL);
  onTestFinished(() => context.close());
  await signUp(context, {
    email: 'delivered+late@resend.dev',
    page: '/',
    form: 'site',
    wording: 'test',
    source: undefined,
  });
}
