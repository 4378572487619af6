/* A process between a worker and QEMU's monitor. */
#include "relay.h"

#include "confine.h"
#include "privileges.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whoever wrote the path decides how long it takes to follow it: a folder may be somebody's own file system,
 * or a server's that does not answer. */
static enum qmp_result connect_within_a_second(const struct rights *rights, const char *path, pid_t pid,
                                               int *ret_qemu)
{
    uid_t uid;

    if (!holder_is_qemu_now(pid, &uid)) /* whoever asks may say anything */
        return QMP_STRANGER;
    signal(SIGALRM, SIG_DFL);
    alarm(1);
    enum qmp_result result = rights->connect_qmp(rights->context, path, pid, uid, ret_qemu);
    alarm(0);
    return result;
}

/* It reads nothing of what it hands on, and has no right to anything once it is connected. The first byte
 * says whether it is. */
static _Noreturn void be_relay(const struct rights *rights, const char *path, pid_t pid, int end)
{
    int qemu = -1;
    char result = (char)connect_within_a_second(rights, path, pid, &qemu);

    for (int standard = 0; standard <= STDERR_FILENO; standard++)
        close(standard);
    confine_descriptors(qemu, end);
    privileges_drop();
    if (send(end, &result, 1, MSG_NOSIGNAL) == 1 && result == QMP_OK)
        qmp_relay(qemu, end);
    _exit(EXIT_SUCCESS);
}

/* By a child of a child that ends at once, so that nobody has to wait for the relay. */
static int start_relay(const struct rights *rights, const char *path, pid_t pid, int ends[2])
{
    int state = 0;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    pid_t child = fork();
    if (child == 0) {
        pid_t relay = fork();
        if (relay == 0)
            be_relay(rights, path, pid, ends[0]);
        _exit(relay < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
    }
    int error = child < 0 ? -errno : 0;
    while (child > 0 && waitpid(child, &state, 0) < 0 && errno == EINTR)
        continue;
    close(ends[0]);
    if (error == 0 && state == 0)
        return 0;
    close(ends[1]);
    return error < 0 ? error : -EAGAIN;
}

/* Ends with the relay's time at the latest. */
static enum qmp_result result_of_relay(int end)
{
    char result = QMP_BROKEN;
    ssize_t got;

    do
        got = recv(end, &result, 1, 0);
    while (got < 0 && errno == EINTR);
    return (enum qmp_result)result;
}

int relay_connect(const struct rights *rights, const char *path, pid_t pid, int *ret_end)
{
    int ends[2], result = start_relay(rights, path, pid, ends);

    if (result < 0)
        return result;
    result = (int)result_of_relay(ends[1]);
    if (result == QMP_OK)
        *ret_end = ends[1];
    else
        close(ends[1]);
    return result;
}
