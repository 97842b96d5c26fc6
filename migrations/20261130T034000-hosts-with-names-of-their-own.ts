import { type Kysely, sql } from 'kysely';

/** Hosts of several classes shared these names; their domains are looked up again, and get the name of their own hosts. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    update mail_domains set looked_up_at = looked_up_at - interval '30 days'
    where mail_host in ('outlook.com', 'icloud.com')`.execute(db);
}

export async function down(): Promise<void> {
  // Looked up once more than needed: nothing to undo.
}
