#include "reference.h"

#include <pthread.h>
#include <time.h>

static double seconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double reference_thread_seconds(void) { return seconds(CLOCK_THREAD_CPUTIME_ID); }

double reference_wall_seconds(void) { return seconds(CLOCK_MONOTONIC); }

typedef struct {
  double end;
  double used;
} spinner;

static void *spin(void *argument) {
  spinner *self = argument;
  double start = reference_thread_seconds();
  while (reference_wall_seconds() < self->end) {
  }
  self->used = reference_thread_seconds() - start;
  return NULL;
}

double reference_available_cores(double duration) {
  double start = reference_wall_seconds();
  spinner spinners[2] = {{start + duration, 0}, {start + duration, 0}};
  pthread_t threads[2];
  int made[2];
  for (int i = 0; i < 2; i++) made[i] = pthread_create(&threads[i], NULL, spin, &spinners[i]) == 0;
  double used = 0;
  for (int i = 0; i < 2; i++) {
    if (made[i]) pthread_join(threads[i], NULL);
    used += spinners[i].used;
  }
  return used / (reference_wall_seconds() - start);
}
