/* Which network namespace is which. Private to src/host. */
#ifndef VMNETCHECK_NAMESPACE_LINUX_H
#define VMNETCHECK_NAMESPACE_LINUX_H

#include <sys/stat.h>

/* Is the file at this path below the directory the namespace `ours`? An empty path: the descriptor itself.
 * 1, 0 or -errno. */
int namespace_compare(int directory, const char *path, const struct stat *ours);

#endif
