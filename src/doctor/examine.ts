import { Resolver } from 'node:dns/promises';
import type { Config, Environment } from '../config/config.ts';
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
import { checkProvider } from './checks/check-provider.ts';
import { checkWebhook } from './checks/check-webhook.ts';
import { checkLinks, checkSettings } from './checks/check-settings.ts';
import { checkBackups, checkDisk } from './checks/check-storage.ts';
import { checkContent, checkTimetable } from './checks/check-timetable.ts';
import {
  checkIssues,
  checkLanes,
  checkProcesses,
  checkQueue,
  checkReaders,
  checkSending,
} from './checks/check-work.ts';
import type { Examination } from './checks/examination.ts';
import { findOverdueIssue } from './gauges/overdue.ts';
import { type Finding, fault, fine } from './checks/finding.ts';

type Check = (examination: Examination) => Promise<Finding[]> | Finding[];

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
  studio: ({ context }) => [describeStudio(context.config)],
  timetable: checkTimetable,
  schedule: checkSchedule,
  content: checkContent,
  readers: checkReaders,
  issues: checkIssues,
  lanes: checkLanes,
  sending: checkSending,
  links: checkLinks,
  disk: checkDisk,
  backups: checkBackups,
  mail: checkProvider,
  webhook: checkWebhook,
};

const TIMEOUT_MS = 30_000;

/**
 * Everything an operator would look at first, in this order. Changes nothing: it reads the database, queries Resend and
 * DNS, and posts events that belong to no mail of ours to our own webhook. A check that throws becomes a finding.
 */
export async function examine(
  context: Context,
  env: Environment,
  resolver: Examination['resolver'] = new Resolver({ timeout: 3_000, tries: 2 }),
): Promise<Finding[]> {
  const isReal = context.config.resendApiKey !== undefined;
  const findings = await Promise.all(
    Object.entries(CHECKS).map(([name, check]) => attempt(name, check, { context, env, resolver, isReal })),
  );
  return findings.flat();
}

async function attempt(name: string, check: Check, examination: Examination): Promise<Finding[]> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${TIMEOUT_MS / 1_000} seconds`)),
    TIMEOUT_MS,
  );
  try {
    return await Promise.race([check(examination), promise]);
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

async function checkSchedule({ context }: Examination): Promise<Finding[]> {
  const overdue = await findOverdueIssue(context);
  return overdue ? [fault('schedule', overdue.reason, overdue.advice)] : [];
}

function describeStudio({ studio, studioOrigin, staffEmails, staffAdmins }: Config): Finding {
  const messages = {
    off: 'off',
    loopback: 'for browsers on this machine only',
    'sign-in': `${studioOrigin}/studio, for ${staffEmails.length} who can sign in, ${staffAdmins.length} of them as admin`,
  };
  return fine('studio', messages[studio]);
}
