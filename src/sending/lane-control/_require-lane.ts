import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { findLane, type Lane, listLanes } from '../lanes/lanes.ts';

/** Throws `invalid_input` for a lane that is not in the settings. */
export function requireLane({ config }: Context, number: number): Lane {
  const lane = findLane(config, number);
  if (!lane) {
    const known = listLanes(config).map((one) => one.number);
    throw new AppError('invalid_input', `There is no lane ${number}; the settings have ${known.join(', ')}.`);
  }
  return lane;
}
