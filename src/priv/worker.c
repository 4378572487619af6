/* What a worker cannot do itself, it asks its keeper for. */
#include "worker.h"

#include "confine.h"
#include "interrupts.h"
#include "kernel.h"
#include "privileges.h"
#include "request.h"
#include "text.h"
#include "tracer.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int keeper; /* the channel to it; this process has one */
static struct permits *permits;

/* Fills *ret, also where there is no answer. Its result. */
static int ask(struct request *request, struct reply *ret)
{
    static uint32_t serial;
    int error;

    request->serial = ++serial;
    error = request_send(keeper, request);
    while (error == 0) {
        int got = request_await_reply(keeper, ret);
        if (got > 0 && ret->serial == request->serial)
            return ret->result;
        for (size_t i = 0; got > 0 && i < REPLY_FDS_MAX; i++)
            if (ret->fds[i] >= 0)
                close(ret->fds[i]);
        error = got == 0 ? -EPIPE : got < 0 ? got : 0;
    }
    *ret = (struct reply){.result = error, .fds = {-1, -1}};
    return error;
}

/* Most texts are short: what is behind them is not sent, and stays as it is. */
static struct request request_of(enum request_kind kind, const char *text)
{
    struct request request;

    memset(&request, 0, offsetof(struct request, text));
    request.kind = kind;
    snprintf(request.text, sizeof request.text, "%s", text);
    return request;
}

/* For requests whose answer is a descriptor. It, or -errno. */
static int ask_for_descriptor(enum request_kind kind, int netns, int number, const char *text)
{
    struct request request = request_of(kind, text);
    struct reply reply;

    request.netns = netns;
    request.number[0] = number;
    int error = strlen(text) < sizeof request.text ? ask(&request, &reply) : -ENAMETOOLONG;
    return error < 0 ? error : reply.fds[0];
}

/* For others. Its result. */
static int ask_for_number(enum request_kind kind, int number, const char *text)
{
    struct request request = request_of(kind, text);
    struct reply reply;

    request.number[0] = number;
    return strlen(text) < sizeof request.text ? ask(&request, &reply) : -ENAMETOOLONG;
}

static int open_input(void *context, const char *name)
{
    (void)context;
    return ask_for_descriptor(REQUEST_INPUT, 0, 0, name);
}

/* Who could not be asked has not said that nobody can run it. */
static int look_at_script(void *context, const char *path)
{
    int result = ask_for_number(REQUEST_SCRIPT, 0, path);

    (void)context;
    return result > 0 ? result : 0;
}

static int keep_output(void *context)
{
    (void)context;
    return ask_for_number(REQUEST_OUTPUT, 0, "");
}

static void ready(void *context)
{
    (void)context;
    (void)ask_for_number(REQUEST_READY, 0, "");
}

static void says(void *context)
{
    (void)context;
    (void)ask_for_number(REQUEST_SAYS, 0, "");
}

static void said(void *context, int status)
{
    (void)context;
    (void)ask_for_number(REQUEST_SAID, status, "");
}

/* Of links. */
static int netns_of(const void *context)
{
    return context != NULL ? *(const int *)context : 0;
}

static int open_packet_socket(void *context, int ifindex, enum capture what, char **ret_error)
{
    struct request request = request_of(REQUEST_PACKET_SOCKET, "");
    struct reply reply;

    request.netns = netns_of(context);
    request.number[0] = ifindex;
    request.number[1] = (int)what;
    if (ask(&request, &reply) >= 0)
        return reply.fds[0];
    *ret_error = text_format("%s", reply.text[0] != '\0' ? reply.text : strerror(-reply.result));
    return reply.result;
}

static int open_host(void *context, enum ip_family family)
{
    return ask_for_descriptor(REQUEST_HOST_SOCKET, netns_of(context), (int)family, "");
}

static int send_host(void *context, const struct host_echo *echo)
{
    struct request request = request_of(REQUEST_HOST_ECHO, "");
    struct reply reply;

    request.netns = netns_of(context);
    request.echo = *echo;
    return ask(&request, &reply);
}

static int start_tracer(void *context, int netns, bool rules, struct tracer **ret)
{
    int descriptor = ask_for_descriptor(REQUEST_TRACER, netns, 0, "");

    (void)context;
    (void)rules; /* the keeper knows it */
    if (descriptor < 0)
        return descriptor;
    *ret = tracer_adopt(descriptor);
    return 0;
}

static int look_at_forwarding(void *context, int netns, const char *bridge, enum ip_family family,
                              bool is_handed, char **ret_chain)
{
    struct request request = request_of(REQUEST_FORWARDING, bridge);
    struct reply reply;

    (void)context;
    request.netns = netns;
    request.number[0] = (int)family;
    request.number[1] = is_handed;
    int result = ask(&request, &reply);
    if (result > 0)
        *ret_chain = text_format("%s", reply.text);
    return result;
}

/* Whether interfaces that came meanwhile are permitted now, if they are to be. */
static bool look_for_permits(int netns)
{
    struct request request = request_of(REQUEST_PERMITS, "");
    struct reply reply;

    request.netns = netns;
    return ask(&request, &reply) == 0;
}

static const void *address_of(void *context, int ifindex)
{
    const void *address = permits_find(permits, ifindex);

    return address != NULL || !look_for_permits(netns_of(context)) ? address : permits_find(permits, ifindex);
}

static int create_evidence(void *context, const char *path)
{
    (void)context;
    (void)path; /* the keeper knows it */
    return ask_for_descriptor(REQUEST_EVIDENCE, 0, 0, "");
}

static int look_at_processes(void *context, pid_t wanted, struct holders_pass **ret)
{
    struct request request = request_of(REQUEST_PROCESSES, "");
    struct reply reply;
    int error = ask(&request, &reply);

    (void)context;
    (void)wanted; /* the keeper knows it */
    if (error == 0)
        *ret = holders_pass_adopt((struct holders_ticket){reply.fds[0], reply.fds[1], reply.time_us});
    return error;
}

static char state(void *context, pid_t pid)
{
    int result = ask_for_number(REQUEST_STATE, pid, "");

    (void)context;
    return result > 0 ? (char)result : '\0';
}

static enum qmp_result connect_qmp(void *context, const char *path, pid_t pid, uid_t uid, int *ret_fd)
{
    struct request request = request_of(REQUEST_QMP, path);
    struct reply reply;

    (void)context;
    (void)uid; /* the keeper asks the kernel for it */
    request.number[0] = pid;
    int result = strlen(path) < sizeof request.text ? ask(&request, &reply) : QMP_ABSENT;
    if (result == QMP_OK)
        *ret_fd = reply.fds[0];
    return result < 0 ? QMP_BROKEN : (enum qmp_result)result;
}

/* All of a file that somebody else filled. */
static char *read_text(int file)
{
    off_t size = lseek(file, 0, SEEK_END);
    char *text = size >= 0 ? memory_new((size_t)size + 1, 1) : NULL;

    if (text != NULL && pread(file, text, (size_t)size, 0) != size) {
        free(text);
        text = NULL;
    }
    close(file);
    return text;
}

static char *describe_domain(void *context, const char *name, char **ret_reason)
{
    struct request request = request_of(REQUEST_DOMAIN, "");
    struct reply reply;
    int error = ask(&request, &reply);

    (void)context;
    (void)name; /* the keeper knows it */
    char *xml = error == 0 ? read_text(reply.fds[0]) : NULL;
    if (xml == NULL)
        *ret_reason = text_format("%s", reply.text[0] != '\0' ? reply.text : "it could not be asked");
    return xml;
}

static int open_kernel_file(int netns, enum kernel_file file)
{
    return ask_for_descriptor(REQUEST_KERNEL_FILE, netns, (int)file, "");
}

static int connect_kernel(int netns, bool changes)
{
    return ask_for_descriptor(REQUEST_KERNEL_SOCKET, netns, changes, "");
}

static int find_netns(void *context, pid_t pid, struct netns *ret)
{
    struct request request = request_of(REQUEST_NETNS, "");
    struct reply reply;

    (void)context;
    request.number[0] = pid;
    int number = ask(&request, &reply);
    if (number >= 0)
        *ret = (struct netns){.name = text_format("%s", reply.text), .id = reply.netns, .descriptor = -1};
    return number;
}

static const struct rights RIGHTS_OF_A_WORKER = {
    .links = {.open = open_packet_socket,
              .address = address_of,
              .open_host = open_host,
              .send_host = send_host,
              .create = create_evidence},
    .look_at_processes = look_at_processes,
    .state = state,
    .connect_qmp = connect_qmp,
    .look_at_script = look_at_script,
    .describe_domain = describe_domain,
    .open_input = open_input,
    .ready = ready,
    .start_tracer = start_tracer,
    .find_netns = find_netns,
    .look_at_forwarding = look_at_forwarding,
    .keep_output = keep_output,
    .says = says,
    .said = said,
};

/* ---- the process ---- */

static int work_confined(const struct work *work, int error)
{
    static const struct kernel_door door = {open_kernel_file, connect_kernel};
    static struct rights rights;
    struct text_list missing = {0};

    rights = RIGHTS_OF_A_WORKER;
    rights.may_read = privileges_may_read();
    kernel_use(&door);
    if (error == 0)
        error = confine(&missing);
    if (error < 0) {
        char *reason = text_format("giving up all rights: %s", strerror(-error));
        int status = work->fail(work->context, reason, false);
        free(reason);
        return status;
    }
    rights.unconfined = missing.count > 0 ? text_list_join(&missing) : NULL;
    return work->run(work->context, &rights);
}

void worker_main(int channel, int output, struct permits *permitted, const struct work *work)
{
    keeper = channel;
    permits = permitted;
    memory_end_with(WORKER_WITHOUT_MEMORY);
    /* The arenas of threads shrink by mapping over what they had, which the filter does not let. */
#ifdef __GLIBC__
    (void)mallopt(M_ARENA_MAX, 1);
#endif
    interrupts_by_keeper();
    int error = confine_is_meant ? permits_confine(permits) : 0;
    confine_descriptors(channel, output);
    work->prepare(work->context);
    exit(work_confined(work, error));
}
