/* namespaces(7): two files are one namespace if they are one inode of one device. */
#include "namespace_linux.h"

#include <errno.h>
#include <fcntl.h>

int namespace_compare(int directory, const char *path, const struct stat *ours)
{
    struct stat theirs;

    if (fstatat(directory, path, &theirs, AT_EMPTY_PATH) < 0)
        return -errno;
    return theirs.st_dev == ours->st_dev && theirs.st_ino == ours->st_ino;
}
