/*
 * Preloaded into a server by the storage trial: the medium beneath files whose path has PARLOUR_MEDIUM_FILES in it fails,
 * or is slow, as the file PARLOUR_MEDIUM_CONTROL says: three native 32-bit numbers, the errno of writes, the errno of
 * syncs (0: none), and the milliseconds that a sync takes longer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct control {
  volatile int32_t write_error, sync_error, sync_delay;
};

static struct control *control;
static const char *files;

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("PARLOUR_MEDIUM_CONTROL");
  files = getenv("PARLOUR_MEDIUM_FILES");
  if (path == NULL || files == NULL) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct control), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) control = mapped;
}

static int is_ours(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, files) != NULL;
}

/* Whether the call is to fail, with errno set. */
static int fails(int fd, int32_t error) {
  if (error == 0 || !is_ours(fd)) return 0;
  errno = error;
  return 1;
}

static int sync_fails(int fd) {
  if (control == NULL) return 0;
  if (control->sync_delay > 0 && is_ours(fd)) {
    struct timespec pause = {control->sync_delay / 1000, (long)(control->sync_delay % 1000) * 1000000L};
    nanosleep(&pause, NULL);
  }
  return fails(fd, control->sync_error);
}

#define ORIGINAL(type, name, ...)                                   \
  static type (*original)(__VA_ARGS__);                             \
  if (original == NULL) original = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *bytes, size_t count) {
  ORIGINAL(ssize_t, "write", int, const void *, size_t);
  return control != NULL && fails(fd, control->write_error) ? -1 : original(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  ORIGINAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  return control != NULL && fails(fd, control->write_error) ? -1 : original(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  ORIGINAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  return control != NULL && fails(fd, control->write_error) ? -1 : original(fd, bytes, count, at);
}

int fsync(int fd) {
  ORIGINAL(int, "fsync", int);
  return sync_fails(fd) ? -1 : original(fd);
}

int fdatasync(int fd) {
  ORIGINAL(int, "fdatasync", int);
  return sync_fails(fd) ? -1 : original(fd);
}
