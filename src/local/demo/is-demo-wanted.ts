import type { Context } from '../../context.ts';

/** True on a local database that is still empty, or whose demo load was interrupted. */
export async function isDemoWanted({ config, db }: Context, withoutDemo: boolean): Promise<boolean> {
  if (config.databaseUrl || config.resendApiKey) {
    return false;
  }
  const { demo } = await db.selectFrom('installation').select('demo').executeTakeFirstOrThrow();
  if (withoutDemo && demo !== 'loaded') {
    await db.updateTable('installation').set({ demo: 'declined' }).execute();
    return false;
  }
  const tool = await db.selectFrom('tools').select('slug').limit(1).executeTakeFirst();
  const subscriber = await db.selectFrom('subscribers').select('id').limit(1).executeTakeFirst();
  return demo === 'loading' || (demo === 'undecided' && !tool && !subscriber);
}
