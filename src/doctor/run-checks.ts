import { Resolver } from 'node:dns/promises';
import type { Environment } from '../config/config.ts';
import type { Context } from '../context.ts';
import { maskAddresses, messageOf } from '../errors.ts';
import {
  checkClock,
  checkConnections,
  checkIdentity,
  checkRights,
  checkSchema,
  checkServerSettings,
  checkVersion,
} from './checks/check-database.ts';
import { checkResend } from './checks/check-resend.ts';
import { checkWebhook } from './checks/check-webhook.ts';
import { checkLinks, checkSettings, checkStudio } from './checks/check-settings.ts';
import { checkBackups, checkDisk } from './checks/check-storage.ts';
import { checkContent, checkOverdue, checkTimetable } from './checks/check-timetable.ts';
import {
  checkIssues,
  checkLanes,
  checkProcesses,
  checkQueue,
  checkReaders,
  checkSending,
} from './checks/check-work.ts';
import type { CheckContext } from './checks/check-context.ts';
import { type Finding, fault, fine } from './checks/finding.ts';

type Check = (checkContext: CheckContext) => Promise<Finding[]> | Finding[];

const CHECKS: Readonly<Record<string, Check>> = {
  settings: ({ env, context }) => checkSettings(env, context.config),
  PostgreSQL: checkVersion,
  rights: checkRights,
  schema: checkSchema,
  identity: checkIdentity,
  'server settings': checkServerSettings,
  clock: checkClock,
  connections: checkConnections,
  processes: checkProcesses,
  queue: checkQueue,
  PUBLIC_URL: ({ context }) => [fine('PUBLIC_URL', context.config.publicUrl)],
  studio: ({ context }) => [checkStudio(context.config)],
  timetable: checkTimetable,
  schedule: checkOverdue,
  content: checkContent,
  readers: checkReaders,
  issues: checkIssues,
  lanes: checkLanes,
  sending: checkSending,
  links: checkLinks,
  disk: checkDisk,
  backups: checkBackups,
  mail: checkResend,
  webhook: checkWebhook,
};

const TIMEOUT_MS = 30_000;

/**
 * Everything an operator would look at first, in this order. Changes nothing: it reads the database, queries Resend and
 * DNS, and posts events that belong to no mail of ours to our own webhook. A check that throws becomes a finding.
 */
export async function runChecks(
  context: Context,
  env: Environment,
  resolver: CheckContext['resolver'] = new Resolver({ timeout: 3_000, tries: 2 }),
): Promise<Finding[]> {
  const isReal = context.config.resendApiKey !== undefined;
  const findings = await Promise.all(
    Object.entries(CHECKS).map(([name, check]) => attempt(name, check, { context, env, resolver, isReal })),
  );
  return findings.flat();
}

async function attempt(name: string, check: Check, checkContext: CheckContext): Promise<Finding[]> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${TIMEOUT_MS / 1_000} seconds`)),
    TIMEOUT_MS,
  );
  try {
    return await Promise.race([check(checkContext), promise]);
  } catch (error) {
    return [
      fault(
        name,
        `could not be checked: ${maskAddresses(messageOf(error))}`,
        'Fix the cause, then run doctor again.',
      ),
    ];
  } finally {
    clearTimeout(timer);
  }
}
