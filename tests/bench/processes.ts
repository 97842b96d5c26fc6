import { readdirSync, readFileSync } from 'node:fs';

/** `/proc/PID/stat` counts in hundredths of a second. */
const TICK_MS = 10;

/** The user and system time of all threads of a process, in milliseconds; 0 once the process has ended. Linux only. */
export function readCpuMs(pid: number): number {
  const { utime, stime } = readStat(pid);
  return TICK_MS * (utime + stime);
}

/** The CPU time of a process and its children, including children that have ended. */
export function readCpuOfTreeMs(pid: number): number {
  const { utime, stime, cutime, cstime } = readStat(pid);
  const children = readdirSync('/proc')
    .map(Number)
    .filter((other) => other > 0 && readStat(other).parent === pid);
  return (
    TICK_MS * (utime + stime + cutime + cstime) + children.reduce((sum, child) => sum + readCpuMs(child), 0)
  );
}

/** The memory of a process: `VmHWM` is the peak, `VmRSS` the current value, `RssAnon` what no file backs; 0 once the process has ended. */
export function readMemoryMb(pid: number, field: 'VmHWM' | 'VmRSS' | 'RssAnon'): number {
  const status = readFile(`/proc/${pid}/status`);
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024;
}

/** Fields 4 and 14 to 17 of `man proc_pid_stat`; the command before them may contain spaces. */
function readStat(pid: number) {
  const text = readFile(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const read = (index: number) => Number(fields[index] ?? 0);
  return { parent: read(1), utime: read(11), stime: read(12), cutime: read(13), cstime: read(14) };
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended in the meantime.
    return '';
  }
}
