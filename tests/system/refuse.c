/* A disk that refuses: preloaded, it counts every call that changes files on one
 * device and lets the calls from number `at` on, `spell` of them, fail as told.
 *
 *   refuse_arm(device, at, spell, kind)   kind: an errno, 0 for short writes, or -1
 *                                         for a disk that says yes and does nothing
 *   refuse_count()                        calls counted since
 *
 * Built by tests/system/refuse.py: cc -shared -fPIC -o refuse.so refuse.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static dev_t device;
static long at = -1, spell, count;
static int kind;

void refuse_arm(unsigned long where, long first, long length, int what)
{
    device = where;
    at = first;
    spell = length;
    kind = what;
    count = 0;
}

long refuse_count(void) { return count; }

/* 1 if this call is to fail, 2 if it is to write less, 3 to pretend. */
static int hit(int writes)
{
    long number = count++;

    if (at < 0 || number < at || number >= at + spell)
        return 0;
    if (kind == 0)
        return writes ? 2 : 0;
    if (kind < 0)
        return 3;
    errno = kind;
    return 1;
}

static int ours_fd(int fd)
{
    struct stat found;
    int keep = errno, is;

    is = device && fstat(fd, &found) == 0 && found.st_dev == device &&
         (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
    errno = keep;
    return is;
}

static int ours_path(const char *path)
{
    struct stat found;
    char folder[4096];
    char *slash;
    int keep = errno, is;

    if (!device || strlen(path) >= sizeof folder)
        return 0;
    strcpy(folder, path);
    slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    is = stat(slash ? folder : ".", &found) == 0 && found.st_dev == device;
    errno = keep;
    return is;
}

#define NEXT(type, name, ...)                                                          \
    static type (*next)(__VA_ARGS__);                                                  \
    if (!next)                                                                         \
        next = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t length)
{
    NEXT(ssize_t, "write", int, const void *, size_t);
    int how = ours_fd(fd) ? hit(1) : 0;

    if (how == 1 || how == 3)
        return how == 1 ? -1 : (ssize_t)length;
    return next(fd, data, how == 2 && length > 1 ? length / 2 : length);
}

#define PWRITE(name, offset_t)                                                         \
    ssize_t name(int fd, const void *data, size_t length, offset_t offset)             \
    {                                                                                  \
        NEXT(ssize_t, #name, int, const void *, size_t, offset_t);                     \
        int how = ours_fd(fd) ? hit(1) : 0;                                            \
                                                                                       \
        if (how == 1 || how == 3)                                                      \
            return how == 1 ? -1 : (ssize_t)length;                                    \
        return next(fd, data, how == 2 && length > 1 ? length / 2 : length, offset);   \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define BY_FD(name)                                                                    \
    int name(int fd)                                                                   \
    {                                                                                  \
        NEXT(int, #name, int);                                                         \
        return ours_fd(fd) && hit(0) == 1 ? -1 : next(fd);                             \
    }
BY_FD(fsync)
BY_FD(fdatasync)

#define CUT(name, offset_t)                                                            \
    int name(int fd, offset_t length)                                                  \
    {                                                                                  \
        NEXT(int, #name, int, offset_t);                                               \
        return ours_fd(fd) && hit(0) == 1 ? -1 : next(fd, length);                     \
    }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

int rename(const char *from, const char *to)
{
    NEXT(int, "rename", const char *, const char *);
    return ours_path(to) && hit(0) == 1 ? -1 : next(from, to);
}

int unlink(const char *path)
{
    NEXT(int, "unlink", const char *);
    return ours_path(path) && hit(0) == 1 ? -1 : next(path);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(int, "mkdir", const char *, mode_t);
    return ours_path(path) && hit(0) == 1 ? -1 : next(path, mode);
}

#define OPEN(name)                                                                     \
    int name(const char *path, int flags, ...)                                         \
    {                                                                                  \
        static int (*next)(const char *, int, ...);                                    \
        if (!next)                                                                     \
            next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);           \
        va_list more;                                                                  \
        mode_t mode;                                                                   \
                                                                                       \
        va_start(more, flags);                                                         \
        mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;               \
        va_end(more);                                                                  \
        if (flags & O_CREAT && ours_path(path) && hit(0) == 1)                         \
            return -1;                                                                 \
        return next(path, flags, mode);                                                \
    }
OPEN(open)
OPEN(open64)
