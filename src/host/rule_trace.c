/* The nftables commands that mark our echo for tracing, and what its trace says. */
#include "rule_trace.h"
#include "text.h"

#include <inttypes.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the commands ---- */

/* Before whatever chain there may be: what one of those drops has been marked. */
#define FIRST "priority -2000000000;"

struct script {
    const char *family, *table;
    const struct trace_question *question;
    struct text_list lines;
};

const char *rule_trace_family(unsigned number)
{
    static const char *const names[] = {
        [1] = "inet", [2] = "ip", [3] = "arp", [5] = "netdev", [7] = "bridge", [10] = "ip6"};

    return number < sizeof names / sizeof names[0] ? names[number] : NULL;
}

static void add_rule(struct script *script, const char *chain, const char *match, const char *address,
                     const char *verdict)
{
    text_list_addf(&script->lines, "add rule %s %s %s %s %s %s", script->family, script->table, chain, match,
                   address, verdict);
}

/* Our echoes are those with this nonce in the second eight bytes of their payload. */
static void mark_echo(struct script *script, const char *chain, const char *address)
{
    bool is_ipv4 = script->question->address.family == IP_V4;
    uint8_t bytes[sizeof script->question->nonce];
    char nonce[96], hex[17];

    memcpy(bytes, &script->question->nonce, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    snprintf(nonce, sizeof nonce, "%s type echo-request @th,128,64 0x%s jump request",
             is_ipv4 ? "icmp" : "icmpv6", hex);
    add_rule(script, chain, is_ipv4 ? "ip daddr" : "ip6 daddr", address, nonce);
    snprintf(nonce, sizeof nonce, "%s type echo-reply @th,128,64 0x%s jump reply",
             is_ipv4 ? "icmp" : "icmpv6", hex);
    add_rule(script, chain, is_ipv4 ? "ip saddr" : "ip6 saddr", address, nonce);
}

/* Others ask, too: the question is only marked where what the host itself sends goes by. */
static void mark_arp(struct script *script, const char *chain, const char *address, bool is_output)
{
    if (is_output)
        add_rule(script, chain, "arp operation request arp daddr ip", address, "jump request");
    else
        add_rule(script, chain, "arp operation reply arp saddr ip", address, "jump reply");
}

static void mark_solicitation(struct script *script, const char *chain, bool is_output)
{
    char hex[35] = "0x";

    for (size_t i = 0; i < 16; i++)
        snprintf(hex + 2 + 2 * i, 3, "%02x", script->question->address.bytes[i]);
    if (is_output)
        add_rule(script, chain, "icmpv6 type nd-neighbor-solicit @th,64,128", hex, "jump request");
    else
        add_rule(script, chain, "icmpv6 type nd-neighbor-advert @th,64,128", hex, "jump reply");
}

/* `device` is " device \"NAME\"" where the hook is that of one, else "". */
static void add_chain(struct script *script, const char *chain, const char *hook, const char *device)
{
    bool is_ipv4 = script->question->address.family == IP_V4;
    bool is_output = strcmp(hook, "output") == 0 || strcmp(hook, "egress") == 0;
    bool is_arp = strcmp(script->family, "arp") == 0, is_inet = strcmp(script->family, "inet") == 0;
    char address[IP_TEXT_SIZE];

    ip_format(script->question->address, address);
    text_list_addf(&script->lines, "add chain %s %s %s { type filter hook %s%s " FIRST " }", script->family,
                   script->table, chain, hook, device);
    if (!is_arp)
        mark_echo(script, chain, address);
    if (is_ipv4 && !is_inet)
        mark_arp(script, chain, address, is_output);
    else if (!is_ipv4)
        mark_solicitation(script, chain, is_output);
}

static void add_device_chains(struct script *script)
{
    for (size_t i = 0; i < script->question->interface_count; i++) {
        const char *interface = script->question->interfaces[i];
        char chain[24], device[40];
        if (!text_is_plain(interface))
            continue;
        snprintf(device, sizeof device, " device \"%s\"", interface);
        snprintf(chain, sizeof chain, "in%zu", i);
        add_chain(script, chain, "ingress", device);
        snprintf(chain, sizeof chain, "out%zu", i);
        add_chain(script, chain, "egress", device);
    }
}

static void add_table(struct script *script)
{
    text_list_addf(&script->lines, "add table %s %s { flags owner; }", script->family, script->table);
    for (const char *const *chain = (const char *const[]){"request", "reply", NULL}; *chain != NULL;
         chain++) {
        text_list_addf(&script->lines, "add chain %s %s %s", script->family, script->table, *chain);
        text_list_addf(&script->lines, "add rule %s %s %s meta nftrace set 1", script->family, script->table,
                       *chain);
    }
}

char *rule_trace_script(const char *family, const char *table, const struct trace_question *question)
{
    struct script script = {.family = family, .table = table, .question = question};
    bool is_arp = strcmp(family, "arp") == 0;

    if (is_arp && question->address.family != IP_V4)
        return NULL;
    add_table(&script);
    if (strcmp(family, "netdev") == 0) {
        add_device_chains(&script);
    } else {
        add_chain(&script, "in", is_arp ? "input" : "prerouting", "");
        add_chain(&script, "out", "output", "");
    }
    return text_list_join_by(&script.lines, "\n");
}

/* Names are the administrator's: one that is not plain is not made part of a command. */
char *rule_trace_list_command(const struct kernel_rule *rule)
{
    if (!text_is_plain(rule->table) || !text_is_plain(rule->chain))
        return NULL;
    return text_format("list chain %s %s %s", rule->family, rule->table, rule->chain);
}

const char *rule_trace_find(const char *list, uint64_t handle, size_t *ret_length)
{
    char mark[40];

    int length = snprintf(mark, sizeof mark, " # handle %" PRIu64, handle);
    for (const char *end = strstr(list, mark); end != NULL; end = strstr(end + 1, mark)) {
        if (end[length] != '\n' && end[length] != '\0')
            continue; /* of a longer number */
        const char *start = end;
        while (start > list && start[-1] != '\n')
            start--;
        start += strspn(start, " \t");
        if (start < end && strncmp(start, "chain ", 6) != 0) { /* a chain has a handle, too: its own */
            *ret_length = (size_t)(end - start);
            return start;
        }
    }
    return NULL;
}

/* ---- the trace ---- */

static bool has_address(const uint8_t *bytes, size_t size, size_t at, struct ip_addr address)
{
    size_t length = ip_size(address.family);

    return at + length <= size && memcmp(bytes + at, address.bytes, length) == 0;
}

/* Where sender and target of an ARP packet and of the IP headers are: RFC 826, RFC 791, RFC 8200. */
bool rule_trace_direction(const struct trace_question *question, const uint8_t *network, size_t network_size,
                          const uint8_t *transport, size_t transport_size, struct trace_step *step)
{
    enum {
        ARP_SENDER = 14,
        ARP_TARGET = 24,
        IPV4_SOURCE = 12,
        IPV4_DESTINATION = 16,
        IPV6_SOURCE = 8,
        IPV6_DESTINATION = 24
    };
    unsigned version = network_size > 0 ? network[0] >> 4 : 0;
    bool is_arp = version == 0,
         is_nd = version == 6 && transport_size > 0 &&
                 (transport[0] == ND_NEIGHBOR_SOLICIT || transport[0] == ND_NEIGHBOR_ADVERT);
    size_t from = is_arp ? ARP_SENDER : version == 4 ? IPV4_SOURCE : IPV6_SOURCE;
    size_t to = is_arp ? ARP_TARGET : version == 4 ? IPV4_DESTINATION : IPV6_DESTINATION;

    if (version != (is_arp ? 0U : (unsigned)question->address.family))
        return false;
    step->is_echo = !is_arp && !is_nd;
    step->was_reply = is_nd ? transport[0] == ND_NEIGHBOR_ADVERT
                            : has_address(network, network_size, from, question->address);
    step->has_direction =
        step->was_reply || is_nd || has_address(network, network_size, to, question->address);
    return step->has_direction;
}

static bool is_on_way(const struct trace_log *log, int ifindex)
{
    for (size_t i = 0; i < log->interface_count; i++)
        if (log->interfaces[i] == ifindex)
            return true;
    return ifindex == 0;
}

static struct trace_step *packet_of(struct trace_log *log, uint32_t number)
{
    for (unsigned i = 0; i < log->packet_count && i < TRACE_PACKETS_MAX; i++)
        if (log->packets[i].packet == number)
            return &log->packets[i];
    return NULL;
}

/* The first drop counts, but that of an echo before that of a question: the kernel asks again. */
void rule_trace_note(struct trace_log *log, const struct trace_step *step)
{
    struct trace_step *packet = packet_of(log, step->packet);

    if (step->has_direction) {
        if (packet == NULL)
            packet = &log->packets[log->packet_count++ % TRACE_PACKETS_MAX];
        *packet = *step;
    }
    if (!step->is_drop || packet == NULL || !is_on_way(log, packet->in) || !is_on_way(log, packet->out) ||
        (log->has_drop && (log->drop_of_echo || !packet->is_echo)))
        return;
    log->has_drop = true;
    log->drop_of_echo = packet->is_echo;
    log->drop = step->rule;
    log->drop.is_policy = step->is_policy;
    log->drop.was_reply = packet->was_reply;
}
