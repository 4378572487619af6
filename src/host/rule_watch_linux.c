/* nftables by libnftables, which is loaded when it is wanted, and its trace by libmnl. */
#include "rule_watch_linux.h"
#include "netlink_linux.h"
#include "rule_trace.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_NFTABLES

#include "nft_library_linux.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <unistd.h>

struct rule_watch {
    struct nft_library library;
    struct nft_ctx *nft; /* our tables live as long as its socket */
    struct mnl_socket *trace;
    struct trace_question question;
    struct trace_log log;
    _Alignas(struct nlmsghdr) char answer[32768];
};

/* ---- beginning ---- */

static int open_trace(struct rule_watch *watch)
{
    int group = NFNLGRP_NFTRACE,
        size = 4 << 20; /* a rule that logs much of what we do not look at may be traced, too */

    watch->trace = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (watch->trace == NULL || mnl_socket_bind(watch->trace, 0, MNL_SOCKET_AUTOPID) < 0 ||
        mnl_socket_setsockopt(watch->trace, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
        return -errno;
    setsockopt(mnl_socket_get_fd(watch->trace), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return 0;
}

static int open_nft(struct rule_watch *watch)
{
    if (!nft_library_load(&watch->library))
        return -EOPNOTSUPP;
    watch->nft = nft_library_context(&watch->library, NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS);
    return watch->nft != NULL ? 0 : -ENOMEM;
}

/* A kernel need not know all families: what of them there is can drop, and is marked. */
static int mark(struct rule_watch *watch)
{
    static const char *const families[] = {"netdev", "bridge", "arp", "inet"};
    char table[32];
    int made = 0, error = 0;

    snprintf(table, sizeof table, "vmnetcheck_%d", (int)getpid());
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        char *script = rule_trace_script(families[i], table, &watch->question);
        errno = 0;
        if (script != NULL && watch->library.run(watch->nft, script) == 0)
            made++;
        else if (script != NULL)
            error = errno != 0 ? -errno : -EOPNOTSUPP;
        free(script);
    }
    return made > 0 ? 0 : error;
}

static void close_all(struct rule_watch *watch)
{
    if (watch->nft != NULL)
        watch->library.close(watch->nft);
    if (watch->trace != NULL)
        mnl_socket_close(watch->trace);
    free(watch);
}

int rule_watch_begin(const struct trace_question *question, struct rule_watch **ret)
{
    struct rule_watch *watch = memory_new(1, sizeof *watch);

    watch->question = *question;
    for (size_t i = 0; i < question->interface_count; i++)
        watch->log.interfaces[watch->log.interface_count++] = (int)if_nametoindex(question->interfaces[i]);
    int error = open_trace(watch);
    if (error == 0)
        error = open_nft(watch);
    if (error == 0)
        error = mark(watch);
    if (error < 0) {
        close_all(watch);
        return error;
    }
    *ret = watch;
    return 0;
}

/* ---- what was seen ---- */

/* Of an attribute in network byte order. */
static uint32_t number(const struct nlattr *attribute)
{
    return ntohl(netlink_u32(attribute, 0));
}

static bool is_drop(const struct attributes *attributes, uint32_t type)
{
    struct attributes verdict = netlink_nested(attributes->of[NFTA_TRACE_VERDICT]);

    if (type == NFT_TRACETYPE_POLICY)
        return attributes->of[NFTA_TRACE_POLICY] != NULL &&
               number(attributes->of[NFTA_TRACE_POLICY]) == NF_DROP;
    return type == NFT_TRACETYPE_RULE && verdict.of[NFTA_VERDICT_CODE] != NULL &&
           (number(verdict.of[NFTA_VERDICT_CODE]) & NF_VERDICT_MASK) == NF_DROP;
}

static uint64_t handle_of(const struct nlattr *attribute)
{
    uint64_t handle = 0;

    if (attribute != NULL && mnl_attr_get_payload_len(attribute) == sizeof handle)
        memcpy(&handle, mnl_attr_get_payload(attribute), sizeof handle);
    return be64toh(handle);
}

static struct kernel_rule rule_of(const struct attributes *attributes, unsigned family)
{
    struct kernel_rule rule = {.handle = handle_of(attributes->of[NFTA_TRACE_RULE_HANDLE])};
    const char *name = rule_trace_family(family);

    snprintf(rule.family, sizeof rule.family, "%s", name != NULL ? name : "?");
    snprintf(rule.table, sizeof rule.table, "%s", netlink_string(attributes->of[NFTA_TRACE_TABLE]));
    snprintf(rule.chain, sizeof rule.chain, "%s", netlink_string(attributes->of[NFTA_TRACE_CHAIN]));
    return rule;
}

static void look_at_packet(struct rule_watch *watch, const struct attributes *attributes,
                           struct trace_step *step)
{
    const struct nlattr *network = attributes->of[NFTA_TRACE_NETWORK_HEADER];
    const struct nlattr *transport = attributes->of[NFTA_TRACE_TRANSPORT_HEADER];

    step->in = (int)number(attributes->of[NFTA_TRACE_IIF]);
    step->out = (int)number(attributes->of[NFTA_TRACE_OIF]);
    if (network != NULL)
        rule_trace_direction(&watch->question, mnl_attr_get_payload(network),
                             mnl_attr_get_payload_len(network),
                             transport != NULL ? mnl_attr_get_payload(transport) : NULL,
                             transport != NULL ? mnl_attr_get_payload_len(transport) : 0, step);
}

static int read_step(const struct nlmsghdr *message, void *data)
{
    struct rule_watch *watch = data;
    struct attributes attributes;
    const struct nfgenmsg *header = netlink_header(message, sizeof *header, &attributes);

    if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE) || header == NULL)
        return MNL_CB_OK;
    uint32_t type = number(attributes.of[NFTA_TRACE_TYPE]);
    struct trace_step step = {.packet = number(attributes.of[NFTA_TRACE_ID]),
                              .is_drop = is_drop(&attributes, type),
                              .is_policy = type == NFT_TRACETYPE_POLICY,
                              .rule = rule_of(&attributes, header->nfgen_family)};
    look_at_packet(watch, &attributes, &step);
    rule_trace_note(&watch->log, &step);
    return MNL_CB_OK;
}

/* Until there is no more. What got lost for lack of room (ENOBUFS) cannot be told. */
static void read_trace(struct rule_watch *watch)
{
    for (;;) {
        ssize_t size = mnl_socket_recvfrom(watch->trace, watch->answer, sizeof watch->answer);
        if (size > 0)
            mnl_cb_run(watch->answer, (size_t)size, 0, 0, read_step, watch);
        else if (errno != EINTR && errno != ENOBUFS)
            return;
    }
}

static void find_text(struct rule_watch *watch, struct kernel_rule *rule)
{
    char *command = rule->is_policy ? NULL : rule_trace_list_command(rule);
    const char *text = NULL;
    size_t length = 0;

    if (command != NULL && watch->library.run(watch->nft, command) == 0)
        text = rule_trace_find(watch->library.output(watch->nft), rule->handle, &length);
    if (text != NULL)
        snprintf(rule->text, sizeof rule->text, "%.*s", (int)length, text);
    free(command);
}

bool rule_watch_end(struct rule_watch *watch, struct kernel_rule *ret)
{
    if (watch == NULL)
        return false;
    read_trace(watch);
    bool found = watch->log.has_drop;
    if (found) {
        *ret = watch->log.drop;
        find_text(watch, ret);
    }
    close_all(watch);
    return found;
}

#else

int rule_watch_begin(const struct trace_question *question, struct rule_watch **ret)
{
    (void)question;
    (void)ret;
    return -EOPNOTSUPP;
}

bool rule_watch_end(struct rule_watch *watch, struct kernel_rule *ret)
{
    (void)watch;
    (void)ret;
    return false;
}

#endif
