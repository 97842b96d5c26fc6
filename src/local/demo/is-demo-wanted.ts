import type { Context } from '../../context.ts';

/** True on a local database that is still empty, or whose demo load was interrupted. */
export async function isDemoWanted({ config, db }: Context): Promise<boolean> {
  if (config.databaseUrl || config.resendApiKey) {
    return false;
  }
  const { demo } = await db.selectFrom('installation').select('demo').executeTakeFirstOrThrow();
  const tool = await db.selectFrom('tools').select('slug').limit(1).executeTakeFirst();
  const subscriber = await db.selectFrom('subscribers').select('id').limit(1).executeTakeFirst();
  return demo === 'loading' || (demo === 'undecided' && !tool && !subscriber);
}

/** From now on the demo is not wanted, unless it has been loaded already. */
export async function declineDemo({ config, db }: Context): Promise<void> {
  if (!config.databaseUrl && !config.resendApiKey) {
    await db.updateTable('installation').set({ demo: 'declined' }).where('demo', '<>', 'loaded').execute();
  }
}
