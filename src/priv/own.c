/* Rights that are used by who has them. */
#include "rights.h"

#include "libvirt_domain.h"
#include "packet_socket.h"
#include "privileges.h"
#include "vms.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int look_at_processes(void *context, pid_t wanted, struct holders_pass **ret)
{
    (void)context;
    return holders_pass_start(NULL, wanted, ret);
}

static char state(void *context, pid_t pid)
{
    (void)context;
    return holder_state_now(pid);
}

static enum qmp_result connect_qmp(void *context, const char *path, pid_t pid, uid_t uid, int *ret_fd)
{
    (void)context;
    return qmp_connect(path, pid, uid, ret_fd);
}

static int look_at_script(void *context, const char *path)
{
    (void)context;
    return vm_script_look_at(path);
}

static char *describe_domain(void *context, const char *name, char **ret_reason)
{
    (void)context;
    return libvirt_describe(LIBVIRT_SYSTEM, name, ret_reason);
}

/* Whoever has rights by the program's file only does not read others' files by them. */
static int open_input(void *context, const char *name)
{
    (void)context;
    if (getuid() != 0)
        privileges_drop(false, false);
    int descriptor = open(name, O_RDONLY | O_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

const struct rights RIGHTS_OF_OURS = {
    .links = {.open = packet_socket_of_ours, .address = packet_address_of_ours},
    .look_at_processes = look_at_processes,
    .state = state,
    .connect_qmp = connect_qmp,
    .look_at_script = look_at_script,
    .describe_domain = describe_domain,
    .open_input = open_input,
};
