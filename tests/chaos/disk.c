/* A disk that fails on request, between a process and the real one: built by the tests, loaded with LD_PRELOAD.
 *
 * Only files under $DISK_ROOT are touched. Two things can be had:
 *
 * disk_fail(error, times, reads): from now on so many operations fail with this error number. Writes and what makes a
 *   file fail with any error, syncs and (with `reads`) reads only where a caller asks for it with EIO in mind.
 * disk_kill(part, sync, nth): the process dies by SIGKILL in the nth write (or sync) of a file whose name ends with
 *   `part`; of a write half of the bytes arrive.
 *
 * With $DISK_SYNCED set, the content that a file has when it is synced is kept there under the file's name. After the
 * process is dead the tests put that content back: the loss of power, for which all that was not synced is gone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static const char *root, *synced;
static size_t root_length;
static atomic_int failing_error, failing_times, failing_reads;
static char dying_part[64];
static atomic_int dying_nth, dying_sync;

__attribute__((constructor)) static void begin(void) {
    root = getenv("DISK_ROOT");
    synced = getenv("DISK_SYNCED");
    root_length = root ? strlen(root) : 0;
}

void disk_begin(const char *new_root, const char *new_synced) {
    root = strdup(new_root);
    root_length = strlen(root);
    synced = *new_synced ? strdup(new_synced) : NULL;
}

void disk_fail(int error, int times, int reads) {
    failing_error = error;
    failing_reads = reads;
    failing_times = times;
}

void disk_kill(const char *part, int sync, int nth) {
    strncpy(dying_part, part, sizeof dying_part - 1);
    dying_sync = sync;
    dying_nth = nth;
}

static int ours(const char *path) {
    return root && path && strncmp(path, root, root_length) == 0;
}

static int path_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return ours(path);
}

static int fails(void) {
    if (failing_times <= 0 || atomic_fetch_sub(&failing_times, 1) <= 0) return 0;
    errno = failing_error;
    return 1;
}

static int file_fails(int file, int syncs, int reads) {
    char path[PATH_MAX];
    if (failing_times <= 0) return 0;
    if (reads && !failing_reads) return 0;
    if (syncs && failing_error != EIO) return 0;
    return path_of(file, path) && fails();
}

static int name_fails(const char *path) {
    return failing_times > 0 && ours(path) && fails();
}

static int dies(int file, int sync) {
    char path[PATH_MAX];
    if (dying_nth <= 0 || dying_sync != sync || !path_of(file, path)) return 0;
    size_t length = strlen(path), part = strlen(dying_part);
    if (length < part || strcmp(path + length - part, dying_part) != 0) return 0;
    return atomic_fetch_sub(&dying_nth, 1) == 1;
}

static ssize_t plain_write(int file, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(file, bytes, count);
}

static ssize_t plain_pwrite(int file, const void *bytes, size_t count, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return real(file, bytes, count, at);
}

static ssize_t plain_pread(int file, void *bytes, size_t count, off64_t at) {
    REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
    return real(file, bytes, count, at);
}

static int plain_open(const char *path, int flags, mode_t mode) {
    REAL(int, "open64", const char *, int, ...);
    return real(path, flags, mode);
}

/* Keep what a file holds now: written beside its place and renamed, so that a death meanwhile leaves the former. */
static void keep(int file) {
    char path[PATH_MAX], kept[PATH_MAX + 300], part[PATH_MAX + 310], bytes[65536];
    if (!synced || !path_of(file, path)) return;
    snprintf(kept, sizeof kept, "%s/%s", synced, strrchr(path, '/') + 1);
    snprintf(part, sizeof part, "%s.part", kept);
    int copy = plain_open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (copy < 0) return;
    ssize_t length;
    for (off64_t at = 0; (length = plain_pread(file, bytes, sizeof bytes, at)) > 0; at += length)
        if (plain_write(copy, bytes, length) != length) abort();
    close(copy);
    REAL(int, "rename", const char *, const char *);
    real(part, kept);
}

ssize_t write(int file, const void *bytes, size_t count) {
    if (dies(file, 0)) { plain_write(file, bytes, count / 2); kill(getpid(), SIGKILL); }
    return file_fails(file, 0, 0) ? -1 : plain_write(file, bytes, count);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    if (dies(file, 0)) { plain_pwrite(file, bytes, count / 2, at); kill(getpid(), SIGKILL); }
    return file_fails(file, 0, 0) ? -1 : plain_pwrite(file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { return pwrite64(file, bytes, count, at); }

ssize_t read(int file, void *bytes, size_t count) {
    REAL(ssize_t, "read", int, void *, size_t);
    return file_fails(file, 0, 1) ? -1 : real(file, bytes, count);
}

ssize_t pread64(int file, void *bytes, size_t count, off64_t at) {
    return file_fails(file, 0, 1) ? -1 : plain_pread(file, bytes, count, at);
}

ssize_t pread(int file, void *bytes, size_t count, off_t at) { return pread64(file, bytes, count, at); }

static int sync_file(int file, int (*real)(int)) {
    if (dies(file, 1)) kill(getpid(), SIGKILL);
    if (file_fails(file, 1, 0)) return -1;
    int result = real(file);
    if (!result) keep(file);
    return result;
}

int fsync(int file) {
    REAL(int, "fsync", int);
    return sync_file(file, real);
}

int fdatasync(int file) {
    REAL(int, "fdatasync", int);
    return sync_file(file, real);
}

int ftruncate64(int file, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    return file_fails(file, 0, 0) ? -1 : real(file, length);
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return (flags & O_CREAT) && access(path, F_OK) && name_fails(path) ? -1 : plain_open(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open64(path, flags, mode);
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return name_fails(from) ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    return name_fails(path) ? -1 : real(path, mode);
}
