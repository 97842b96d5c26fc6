/*
 * Preloaded into every program by run.sh: moves the calendar by the seconds in SECONDS_FILE, and leaves the monotonic clock and
 * the times of files alone. Of the waits with a deadline in calendar time it corrects the one that occurs, `sem_timedwait`.
 * Debian's faketime moves the monotonic clock as well in programs that are started with an environment of their own, and Chromium
 * then hangs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

static long ahead;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void read_seconds(void) {
  FILE *file = fopen(SECONDS_FILE, "r");
  if (file) {
    if (fscanf(file, "%ld", &ahead) != 1) ahead = 0;
    fclose(file);
  }
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  if (!real_clock_gettime) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real_clock_gettime(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += ahead;
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  if (time) *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return result;
}

time_t time(time_t *time) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (time) *time = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(struct timespec *time, int base) {
  clock_gettime(CLOCK_REALTIME, time);
  return base;
}

/* Its deadline is a time of the calendar, which the kernel compares with its own. */
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
  static int (*real)(sem_t *, const struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "sem_timedwait");
  struct timespec unmoved = *deadline;
  unmoved.tv_sec -= ahead;
  return real(semaphore, &unmoved);
}
