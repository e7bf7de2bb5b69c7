// Runs a program and says what it needed.
//
// A process of its own, for the kernel counts the memory that a child shared with its parent before
// it became another program: the parent has to be small.
//
// Usage: usage REPORT OUTPUT PROGRAM [ARGUMENT]...
// REPORT gets one line: seconds of wall time, seconds of processor time, peak bytes, status.

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static void redirect(int descriptor, const char *path, int flags) {
  int file = open(path, flags, 0600);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(127);
  close(file);
}

int main(int count, char *arguments[]) {
  if (count < 4) return 64;
  double start = now();
  pid_t child = fork();
  if (child == 0) {
    redirect(0, "/dev/null", O_RDONLY);
    redirect(1, arguments[2], O_WRONLY | O_CREAT | O_TRUNC);
    redirect(2, "/dev/null", O_WRONLY);
    execvp(arguments[3], arguments + 3);
    _exit(127);
  }
  int status;
  struct rusage used;
  if (child < 0 || wait4(child, &status, 0, &used) != child) return 70;
  double wall = now() - start;
  FILE *report = fopen(arguments[1], "w");
  if (!report) return 70;
  fprintf(
      report, "%.9f %.9f %lld %d\n", wall, seconds(used.ru_utime) + seconds(used.ru_stime),
      (long long)used.ru_maxrss * 1024,
      WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return fclose(report) == 0 ? 0 : 70;
}
