/* Connecting to the QMP socket of a process, and to nobody else's. */
#include "qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static enum qmp_result result_of(int error)
{
    switch (error) {
    case EAGAIN: /* the queue of clients is full */
        return QMP_BUSY;
    case EACCES:
    case EPERM:
        return QMP_DENIED;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
        return QMP_BROKEN;
    default:
        return QMP_ABSENT;
    }
}

/* The file itself, without connecting to anything: whom a path leads to is up to who wrote it, and a
 * connection may start a service. */
static enum qmp_result open_file(const char *path, uid_t uid, int *ret_file)
{
    struct stat status = {0};
    int file = open(path, O_PATH | O_CLOEXEC);

    if (file < 0)
        return result_of(errno);
    if (fstat(file, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_uid == uid) {
        *ret_file = file;
        return QMP_OK;
    }
    close(file);
    return S_ISSOCK(status.st_mode) ? QMP_STRANGER : QMP_ABSENT;
}

static bool is_peer(int fd, pid_t pid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == pid;
}

static enum qmp_result connect_to(int file, pid_t pid, int *ret_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return QMP_BROKEN;
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", file);
    enum qmp_result result = connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? result_of(errno)
                             : is_peer(fd, pid)                                           ? QMP_OK
                                                                                          : QMP_STRANGER;
    if (result == QMP_OK)
        *ret_fd = fd;
    else
        close(fd);
    return result;
}

enum qmp_result qmp_connect(const char *path, pid_t pid, uid_t uid, int *ret_fd)
{
    int file;
    enum qmp_result result = open_file(path, uid, &file);

    if (result != QMP_OK)
        return result;
    result = connect_to(file, pid, ret_fd);
    close(file);
    return result;
}
