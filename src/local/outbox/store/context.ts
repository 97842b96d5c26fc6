import type { Db } from '../../../database/connect.ts';
import type { Log } from '../../../log.ts';
import type { Account } from './account.ts';
import type { Faults } from './faults.ts';

/** Dependencies of the outbox; all state that must persist or be shared is in the database. */
export interface OutboxContext {
  db: Db;
  now: () => Date;
  log: Log;
  webhookUrl: string;
  webhookSecret: string;
  callsPerSecond: number;
  faults: Faults;
  account: Account;
}
