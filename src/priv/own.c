/* Rights that are used by who has them. */
#include "rights.h"

#include "evidence.h"
#include "forwarding.h"
#include "host_socket.h"
#include "libvirt_domain.h"
#include "packet_socket.h"
#include "privileges.h"
#include "service.h"
#include "tracer.h"
#include "vms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

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
    privileges_as_caller(true);
    int error = vm_script_look_at(path);
    privileges_as_caller(false);
    return error;
}

static char *describe_domain(void *context, const char *name, char **ret_reason)
{
    (void)context;
    return libvirt_describe(LIBVIRT_SYSTEM, name, ret_reason);
}

static void ready(void *context)
{
    (void)context;
    service_is_ready();
}

static int open_input(void *context, const char *name)
{
    (void)context;
    privileges_as_caller(true);
    int descriptor = open(name, O_RDONLY | O_CLOEXEC), error = -errno;
    privileges_as_caller(false);
    return descriptor >= 0 ? descriptor : error;
}

static int create_evidence(void *context, const char *path)
{
    (void)context;
    privileges_as_caller(true);
    int descriptor = evidence_create(path);
    privileges_as_caller(false);
    return descriptor;
}

static int open_host(void *context, enum ip_family family)
{
    (void)context;
    return host_socket_open(family);
}

static int open_packet_socket(void *context, int ifindex, enum capture what, char **ret_error)
{
    (void)context;
    int descriptor = packet_socket_open(ifindex, what, ret_error);
    if (descriptor == -EPERM) {
        free(*ret_error);
        *ret_error = privileges_advice();
    }
    return descriptor;
}

/* Where this process is. */
static int start_tracer(void *context, int netns, bool rules, struct tracer **ret)
{
    (void)context;
    (void)netns;
    return tracer_start(rules, ret);
}

static int look_at_forwarding(void *context, int netns, const char *bridge, enum ip_family family,
                              bool is_handed, char **ret_chain)
{
    (void)context;
    (void)netns;
    return forwarding_look(bridge, family, is_handed, ret_chain);
}

const struct rights RIGHTS_OF_OURS = {
    .links = {.open = open_packet_socket, .open_host = open_host, .create = create_evidence},
    .look_at_processes = look_at_processes,
    .state = state,
    .connect_qmp = connect_qmp,
    .look_at_script = look_at_script,
    .describe_domain = describe_domain,
    .open_input = open_input,
    .ready = ready,
    .start_tracer = start_tracer,
    .look_at_forwarding = look_at_forwarding,
};
