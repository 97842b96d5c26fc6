import { expect, test } from 'vitest';
import { FUNCTIONS, GRANTS } from '../../src/migration/grants.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { functionsNeeded, grantsNeeded } from './table-rights.ts';

test.each(['web', 'worker'] as const)('the role %s is granted just what its code does', async (role) => {
  const { db } = await createTestDatabase();
  expect(GRANTS[role]).toEqual(await grantsNeeded(db, role));
  expect(FUNCTIONS[role]).toEqual(await functionsNeeded(db, role));
});
