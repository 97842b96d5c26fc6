import { type Kysely, sql } from 'kysely';

/**
 * Who may enter the studio: what better-auth stores, with its sessions, one-time links and passkeys, and counted attempts. It
 * requires a table for passwords and other providers too, which stays empty.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table staff_users (
      id text primary key,
      name text not null,
      email text not null unique,
      email_verified boolean not null,
      image text,
      created_at timestamptz not null,
      updated_at timestamptz not null
    )`.execute(db);
  await sql`
    create table staff_sessions (
      id text primary key,
      user_id text not null references staff_users on delete cascade,
      token text not null unique,
      expires_at timestamptz not null,
      ip_address text,
      user_agent text,
      created_at timestamptz not null,
      updated_at timestamptz not null
    )`.execute(db);
  await sql`create index staff_sessions_user on staff_sessions (user_id)`.execute(db);
  await sql`
    create table staff_accounts (
      id text primary key,
      user_id text not null references staff_users on delete cascade,
      account_id text not null,
      provider_id text not null,
      access_token text,
      refresh_token text,
      id_token text,
      access_token_expires_at timestamptz,
      refresh_token_expires_at timestamptz,
      scope text,
      password text,
      created_at timestamptz not null,
      updated_at timestamptz not null
    )`.execute(db);
  await sql`create index staff_accounts_user on staff_accounts (user_id)`.execute(db);
  await sql`
    create table staff_verifications (
      id text primary key,
      identifier text not null,
      value text not null,
      expires_at timestamptz not null,
      created_at timestamptz not null,
      updated_at timestamptz not null
    )`.execute(db);
  await sql`create index staff_verifications_identifier on staff_verifications (identifier)`.execute(db);
  await sql`
    create table staff_passkeys (
      id text primary key,
      user_id text not null references staff_users on delete cascade,
      name text,
      credential_id text not null unique,
      public_key text not null,
      counter bigint not null,
      device_type text not null,
      backed_up boolean not null,
      transports text,
      aaguid text,
      created_at timestamptz
    )`.execute(db);
  await sql`create index staff_passkeys_user on staff_passkeys (user_id)`.execute(db);
  await sql`
    create table staff_attempts (
      id text primary key,
      key text not null unique,
      count integer not null,
      last_request bigint not null
    )`.execute(db);
  await sql`create index audit_log_at on audit_log (at)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index audit_log_at`.execute(db);
  await sql`drop table staff_attempts, staff_passkeys, staff_verifications, staff_accounts, staff_sessions, staff_users`.execute(
    db,
  );
}
