/* Another time of day for programs under test: loaded with LD_PRELOAD, where faketime is not there.
 *
 * WRONG_CLOCK is what the clock is off by: "+3600", "-86400" (seconds), or "@2000-01-01 00:00:00",
 * the time (UTC) that it says now, from where it goes on. WRONG_CLOCK_FILE names a file with the
 * same in it, read anew each second. Monotonic clocks stay right; so do the times of files.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static int (*right_clock)(clockid_t, struct timespec *);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char known[64];
static long long off_s;
static time_t read_at = -1; /* monotonic */

static int right(clockid_t clock, struct timespec *at)
{
    if (right_clock == NULL)
        right_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    return right_clock(clock, at);
}

/* Take in an offset; the same text again changes nothing, so that "@" goes on. */
static void take(const char *text)
{
    struct timespec now;
    struct tm day;

    if (strncmp(text, known, sizeof known) == 0)
        return;
    snprintf(known, sizeof known, "%s", text);
    memset(&day, 0, sizeof day);
    if (text[0] != '@') {
        off_s = atoll(text);
    } else if (strptime(text + 1, "%Y-%m-%d %H:%M:%S", &day) != NULL) {
        right(CLOCK_REALTIME, &now);
        off_s = (long long)timegm(&day) - (long long)now.tv_sec;
    }
}

static long long offset(void)
{
    const char *file = getenv("WRONG_CLOCK_FILE"), *text = getenv("WRONG_CLOCK");
    struct timespec now;
    char line[64] = "";
    long long result;
    FILE *in;

    /* Nobody waits: who comes meanwhile, maybe in a child just forked, takes what is known. */
    if (pthread_mutex_trylock(&lock) != 0)
        return off_s;
    right(CLOCK_MONOTONIC, &now);
    if (file != NULL && now.tv_sec != read_at) {
        read_at = now.tv_sec;
        in = fopen(file, "re");
        if (in != NULL) {
            if (fgets(line, sizeof line, in) != NULL && line[0] != '\n') {
                line[strcspn(line, "\n")] = '\0';
                take(line);
            }
            fclose(in);
        }
    } else if (file == NULL && text != NULL) {
        take(text);
    }
    result = off_s;
    pthread_mutex_unlock(&lock);
    return result;
}

__attribute__((constructor)) static void begin(void)
{
    offset(); /* known before there is a second thread */
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    int failed = right(clock, at);

    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        at->tv_sec += offset();
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    if (at != NULL)
        *at = now.tv_sec;
    return now.tv_sec;
}
