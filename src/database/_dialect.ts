import {
  type DatabaseIntrospector,
  type DatabaseMetadataOptions,
  type Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  sql,
  type TableMetadata,
} from 'kysely';

/** PostgreSQL as Kysely knows it, except for how its migrator locks and finds its own tables. */
export class Dialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new Adapter();
  }

  override createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new Introspector(db);
  }
}

/**
 * Kysely's migration lock is per session: it would stay on the connection after a failed migration, and behind a
 * transaction pooler it may be taken on another connection. `migrateUp` takes the same lock per transaction.
 */
class Adapter extends PostgresAdapter {
  override acquireMigrationLock = () => Promise.resolve();
  override releaseMigrationLock = () => Promise.resolve();
}

/**
 * For each migration, the migrator asks twice whether its own tables exist in its schema, and is the only caller that includes
 * them: it gets only these, without their columns. Reading those of every table would take half of the time of an upgrade.
 */
class Introspector extends PostgresIntrospector {
  readonly #db: Kysely<unknown>;

  constructor(db: Kysely<unknown>) {
    super(db);
    this.#db = db;
  }

  override async getTables(options?: DatabaseMetadataOptions): Promise<TableMetadata[]> {
    if (!options?.withInternalKyselyTables) {
      return super.getTables(options);
    }
    const { rows } = await sql<{ name: string; schema: string }>`
      select relname as name, nspname as schema from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where relname in ('kysely_migration', 'kysely_migration_lock') and relkind = 'r'`.execute(this.#db);
    return rows.map((table) => ({ ...table, isView: false, isForeign: false, columns: [] }));
  }
}
