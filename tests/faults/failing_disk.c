/* A disk that fails: preloaded (LD_PRELOAD), it lets the N-th read, write or flush of the files
 * below one path end with EIO, once or from then on. Nothing fails before failing_disk_arm.
 * tests/faults/failing_disk.py builds it and speaks to it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { READ, WRITE, FLUSH };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char below[4096]; /* what a path begins with; "" while nothing is armed */
static int kind, onward;
static long nth, calls, failed;

void failing_disk_arm(const char *path, int of_kind, long at, int from_then_on) {
    pthread_mutex_lock(&lock);
    snprintf(below, sizeof below, "%s", path);
    kind = of_kind;
    nth = at;
    onward = from_then_on;
    calls = failed = 0;
    pthread_mutex_unlock(&lock);
}

long failing_disk_calls(void) { return calls; }

long failing_disk_failed(void) { return failed; }

static int fails(int fd, int of_kind) {
    char link[64], path[4096];
    int hit = 0;
    if (!below[0] || of_kind != kind)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    if (strncmp(path, below, strlen(below)) != 0)
        return 0;
    pthread_mutex_lock(&lock);
    calls++;
    hit = calls == nth || (onward && calls > nth);
    failed += hit;
    pthread_mutex_unlock(&lock);
    if (hit)
        errno = EIO;
    return hit;
}

#define REPLACE(of_kind, result, name, parameters, arguments)                                      \
    result name parameters {                                                                       \
        static result(*real) parameters;                                                           \
        if (!real)                                                                                 \
            real = (result(*) parameters)dlsym(RTLD_NEXT, #name);                                  \
        return fails(fd, of_kind) ? -1 : real arguments;                                           \
    }

REPLACE(READ, ssize_t, read, (int fd, void *to, size_t n), (fd, to, n))
REPLACE(READ, ssize_t, pread, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
REPLACE(READ, ssize_t, pread64, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
REPLACE(WRITE, ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n))
REPLACE(WRITE, ssize_t, pwrite, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
REPLACE(WRITE, ssize_t, pwrite64, (int fd, const void *from, size_t n, off64_t at),
        (fd, from, n, at))
REPLACE(FLUSH, int, fsync, (int fd), (fd))
REPLACE(FLUSH, int, fdatasync, (int fd), (fd))
