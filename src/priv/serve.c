/* What a keeper does for its worker: what struct rights says, if it was granted. */
#include "serve.h"

#include "grow.h"
#include "holders.h"
#include "interfaces.h"
#include "kernel.h"
#include "relay.h"
#include "text.h"
#include "tracer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void give(struct reply *reply, int descriptor)
{
    reply->fds[0] = descriptor;
    reply->result = descriptor < 0 ? descriptor : 0;
}

static void give_copy(struct reply *reply, int descriptor)
{
    int copy = dup(descriptor);

    give(reply, copy < 0 ? -errno : copy);
}

static void serve_input(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    const struct grants *grants = keeper->grants;
    size_t i = 0;

    while (i < grants->input_count && strcmp(grants->inputs[i], request->text) != 0)
        i++;
    if (i < grants->input_count)
        give(ret, keeper->rights->open_input(keeper->rights->context, request->text));
}

static void serve_script(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    if (keeper->grants->scripts)
        ret->result = keeper->rights->look_at_script(keeper->rights->context, request->text);
}

static void serve_output(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    (void)request;
    ret->result = keeper->grants->keep_output(keeper->grants->context);
}

static void serve_ready(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    (void)request;
    if (!keeper->grants->stays)
        return;
    keeper->rights->ready(keeper->rights->context);
    ret->result = 0;
}

static void serve_says(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    (void)request;
    keeper->said = SAID_PART;
    ret->result = 0;
}

static void serve_said(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    keeper->said = SAID_ALL;
    keeper->status = request->number[0];
    ret->result = 0;
}

/* ---- network namespaces ---- */

void serve_make_room(struct keeper *keeper)
{
    while (keeper->space_count < keeper->grants->spaces->count) {
        keeper->spaces = grow(keeper->spaces, &keeper->space_count, sizeof *keeper->spaces);
        keeper->spaces[keeper->space_count - 1].stack[0] = keeper->spaces[keeper->space_count - 1].stack[1] =
            -1;
    }
}

static struct keeper_space *space_of(struct keeper *keeper, const struct request *request)
{
    return &keeper->spaces[request->netns];
}

static int enter(struct keeper *keeper, int netns)
{
    const struct netns_list *spaces = keeper->grants->spaces;

    if (netns < 0 || (size_t)netns >= spaces->count)
        return -EACCES;
    int error = netns != keeper->inside ? netns_enter(&spaces->items[netns]) : 0;
    if (error == 0)
        keeper->inside = netns;
    return error;
}

static bool may_add(const struct grants *grants, pid_t pid)
{
    uid_t uid;

    return grants->spaces->count < SPACES_MAX &&
           (grants->more_spaces == SPACES_ALL ||
            (grants->more_spaces == SPACES_OF_QEMU &&
             (grants->process == pid || (grants->process == 0 && holder_is_qemu_now(pid, &uid)))));
}

/* By the user's own rights; and as whoever asks may say any number, each once. */
static int add_space(struct keeper *keeper, pid_t pid)
{
    struct netns_list *spaces = keeper->grants->spaces;
    struct netns netns;
    int error = netns_open_of(pid, &netns);

    for (size_t i = 0; error == 0 && i < spaces->count; i++)
        if (netns_equal(spaces->items[i].id, netns.id)) {
            netns_free(&netns);
            return (int)i;
        }
    if (error < 0)
        return error;
    netns.elsewhere = true;
    netns_list_add(spaces, netns);
    serve_make_room(keeper);
    return (int)spaces->count - 1;
}

static void serve_netns(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    if (!may_add(keeper->grants, request->number[0]))
        return;
    ret->result = add_space(keeper, request->number[0]);
    if (ret->result < 0)
        return;
    const struct netns *netns = &keeper->grants->spaces->items[ret->result];
    ret->netns = netns->id;
    snprintf(ret->text, sizeof ret->text, "%s", netns->name != NULL ? netns->name : "");
}

/* ---- the kernel ---- */

static void serve_kernel_file(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    if (request->number[0] >= 0 && request->number[0] < KERNEL_FILES)
        give(ret, kernel_open(keeper->inside, (enum kernel_file)request->number[0]));
}

static void serve_kernel_socket(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    give(ret, kernel_connect(keeper->inside, request->number[0] != 0));
}

static void permit(void *context, int ifindex)
{
    struct keeper *keeper = context;

    (void)permits_add(keeper->permits, ifindex);
}

static int look_for_permits(struct keeper *keeper)
{
    struct host_facts facts;
    int error = keeper->grants->captures ? host_links_read(keeper->inside, &facts) : -EACCES;

    if (error < 0)
        return error;
    interfaces_granted(keeper->grants, &facts, permit, keeper);
    host_facts_free(&facts);
    return 0;
}

void serve_ahead(struct keeper *keeper)
{
    const struct grants *grants = keeper->grants;

    if (grants->captures && grants->facts != NULL)
        interfaces_granted(grants, grants->facts, permit, keeper);
}

static void serve_permits(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    (void)request;
    ret->result = look_for_permits(keeper);
}

/* At all interfaces nobody can send by it but to those that are permitted; at one of them everybody can. */
static void serve_packet_socket(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    const struct link_means *links = &keeper->rights->links;
    int ifindex = request->number[0];
    enum capture what = request->number[1] == CAPTURES_OUT         ? CAPTURES_OUT
                        : request->number[1] == CAPTURES_OUT_ASKED ? CAPTURES_OUT_ASKED
                                                                   : CAPTURES_IN;
    struct keeper_space *space = space_of(keeper, request);
    char *error = NULL;

    if (!keeper->grants->captures || (ifindex == 0 && space->everywhere == EVERYWHERE_MAX) ||
        (ifindex != 0 && permits_find(keeper->permits, ifindex) == NULL &&
         (look_for_permits(keeper) < 0 || permits_find(keeper->permits, ifindex) == NULL)))
        return;
    give(ret, links->open(links->context, ifindex, what, &error));
    space->everywhere += ifindex == 0;
    if (ret->result == 0 && space->held_count < HELD_MAX)
        space->held[space->held_count++] = dup(ret->fds[0]);
    if (error != NULL)
        snprintf(ret->text, sizeof ret->text, "%s", error);
    free(error);
}

static void serve_processes(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    size_t i = 0;

    (void)request;
    while (i < PASSES_MAX && keeper->passes[i] != NULL)
        i++;
    if (!keeper->grants->processes)
        return;
    if (i == PASSES_MAX) {
        ret->result = -EAGAIN;
        return;
    }
    ret->result = keeper->rights->look_at_processes(keeper->rights->context, (pid_t)keeper->grants->process,
                                                    &keeper->passes[i]);
    if (ret->result < 0)
        return;
    struct holders_ticket ticket = holders_pass_ticket(keeper->passes[i]);
    give_copy(ret, ticket.records);
    ret->fds[1] = ret->result < 0 ? -1 : dup(ticket.end);
    if (ret->result == 0 && ret->fds[1] < 0)
        ret->result = -errno;
    ret->time_us = ticket.until_us;
}

static void serve_state(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    if (keeper->grants->processes)
        ret->result = (unsigned char)keeper->rights->state(keeper->rights->context, request->number[0]);
}

static void serve_qmp(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    int end = -1;

    if (!keeper->grants->processes)
        return;
    ret->result = relay_connect(keeper->rights, request->text, request->number[0], &end);
    if (ret->result == QMP_OK)
        give(ret, end);
}

static void serve_domain(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    char *reason = NULL;

    (void)request;
    if (keeper->grants->domain == NULL)
        return;
    char *xml = keeper->rights->describe_domain(keeper->rights->context, keeper->grants->domain, &reason);
    if (xml != NULL)
        give(ret, request_hold_text(xml));
    if (reason != NULL)
        snprintf(ret->text, sizeof ret->text, "%s", reason);
    free(reason);
    free(xml);
}

static int *stack_socket(struct keeper *keeper, const struct request *request, enum ip_family family)
{
    return &space_of(keeper, request)->stack[family == IP_V4 ? 0 : 1];
}

static void serve_host_socket(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    const struct link_means *links = &keeper->rights->links;
    enum ip_family family = request->number[0] == IP_V4 ? IP_V4 : IP_V6;
    int *descriptor = stack_socket(keeper, request, family);

    if (!keeper->grants->captures)
        return;
    if (*descriptor < 0)
        *descriptor = links->open_host(links->context, family);
    if (*descriptor < 0)
        give(ret, *descriptor);
    else
        give_copy(ret, *descriptor);
}

static void serve_host_echo(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    int descriptor = *stack_socket(keeper, request, request->echo.to.family);

    if (descriptor >= 0)
        ret->result = host_socket_send(descriptor, &request->echo);
}

static void serve_tracer(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    const struct rights *rights = keeper->rights;
    struct tracer **tracer = &space_of(keeper, request)->tracer;

    if (!keeper->grants->captures || *tracer != NULL || keeper->tracers == TRACERS_MAX)
        return;
    ret->result = rights->start_tracer(rights->context, request->netns, keeper->grants->find_rule, tracer);
    keeper->tracers += ret->result == 0;
    if (ret->result == 0)
        give(ret, tracer_lend(*tracer));
}

static void serve_evidence(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    const struct link_means *links = &keeper->rights->links;

    (void)request;
    if (keeper->grants->evidence != NULL)
        give(ret, links->create(links->context, keeper->grants->evidence));
}

/* Who captures may know of the firewall what he sees of it. */
static void serve_forwarding(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    const struct rights *rights = keeper->rights;
    enum ip_family family = request->number[0] == IP_V4 ? IP_V4 : IP_V6;
    char *chain = NULL;

    if (!keeper->grants->captures)
        return;
    ret->result = rights->look_at_forwarding(rights->context, request->netns, request->text, family,
                                             request->number[1] != 0, &chain);
    if (chain != NULL)
        snprintf(ret->text, sizeof ret->text, "%s", chain);
    free(chain);
}

static void (*const SERVE[REQUEST_KINDS])(struct keeper *keeper, const struct request *request,
                                          struct reply *ret) = {
    [REQUEST_INPUT] = serve_input,
    [REQUEST_SCRIPT] = serve_script,
    [REQUEST_OUTPUT] = serve_output,
    [REQUEST_READY] = serve_ready,
    [REQUEST_SAYS] = serve_says,
    [REQUEST_SAID] = serve_said,
    [REQUEST_KERNEL_FILE] = serve_kernel_file,
    [REQUEST_KERNEL_SOCKET] = serve_kernel_socket,
    [REQUEST_PACKET_SOCKET] = serve_packet_socket,
    [REQUEST_PERMITS] = serve_permits,
    [REQUEST_PROCESSES] = serve_processes,
    [REQUEST_STATE] = serve_state,
    [REQUEST_QMP] = serve_qmp,
    [REQUEST_DOMAIN] = serve_domain,
    [REQUEST_TRACER] = serve_tracer,
    [REQUEST_EVIDENCE] = serve_evidence,
    [REQUEST_HOST_SOCKET] = serve_host_socket,
    [REQUEST_HOST_ECHO] = serve_host_echo,
    [REQUEST_NETNS] = serve_netns,
    [REQUEST_FORWARDING] = serve_forwarding,
};

void serve_request(struct keeper *keeper, const struct request *request, struct reply *ret)
{
    int error = enter(keeper, request->netns);

    if (error == 0)
        SERVE[request->kind](keeper, request, ret);
    else
        ret->result = error;
}
