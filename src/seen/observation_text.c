/* Observations as lines for people: bug reports (--debug) and unit tests that fail. */
#include "observation.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static char *check_text(const struct observation *seen)
{
    const struct check_observation *check = &seen->check;
    char ip[IP_TEXT_SIZE];

    return text_format(
        "%s: %u of %u answered, %u duplicates%s%s%s%s, from %s", probe_name(check->probe), check->received,
        check->sent, check->duplicates, check->concluded ? "" : ", not concluded",
        check->no_mac ? ", no MAC to ask" : "", check->no_source ? ", no source" : "",
        check->send_failures > 0 ? ", some could not be sent" : "", ip_format(check->source, ip));
}

static char *reply_text(const struct observation *seen)
{
    const struct reply_observation *reply = &seen->reply;
    char *id = reply->has_ip_id ? text_format(", id %u", (unsigned)reply->ip_id) : text_format("%s", "");
    char *text = text_format("to %s %u, copy %u, after %.3f ms, ttl %u%s", probe_name(reply->probe),
                             reply->sequence, reply->copy, (double)reply->rtt_us / 1000, reply->ttl, id);

    free(id);
    return text;
}

static char *return_text(const struct observation *seen)
{
    const struct return_observation *returned = &seen->returned;

    return text_format("%u of our frames, %u times in all, one of them %u times, one of the host's %u times",
                       returned->frames, returned->returns, returned->most, returned->host_most);
}

static char *tag_text(const struct observation *seen)
{
    if (seen->tag.tpid == 0)
        return text_format("none");
    if (seen->inner.tpid == 0)
        return text_format("%#x vid %u", seen->tag.tpid, seen->tag.vid);
    return text_format("%#x vid %u, %#x vid %u", seen->tag.tpid, seen->tag.vid, seen->inner.tpid,
                       seen->inner.vid);
}

static char *search_text(const struct observation *seen)
{
    static const char *const means[] = {"neighbour tables", "link-local addresses", "all nodes", "sweep"};
    const struct search_observation *search = &seen->search;
    char ip[IP_TEXT_SIZE];

    if (search->means != SEARCH_SWEEP)
        return text_format("%s: %u asked", means[search->means], search->asked);
    return text_format("sweep of %s/%u: %u asked%s%s", ip_format(search->subnet, ip), search->prefix_length,
                       search->asked, search->too_large ? ", too large for more" : "",
                       search->answers_all ? ", one answers for all" : "");
}

static char *trouble_text(const struct observation *seen)
{
    static const char *const kinds[] = {
        "capture lost frames",  "interface lost",           "interrupted",           "frames passed over",
        "queue dropped frames", "replies to the host lost", "not asked in all VLANs"};
    const struct trouble_observation *trouble = &seen->trouble;

    return text_format("%s (%lu)%s%s", kinds[trouble->kind], (unsigned long)trouble->count,
                       trouble->error != 0 ? ": " : "", trouble->error != 0 ? strerror(trouble->error) : "");
}

static char *source_text(const struct observation *seen)
{
    static const char *const states[] = {"none", "may be free", "the host's own", "borrowed",
                                         "taken by somebody else"};

    return text_format("%s", states[seen->source]);
}

static char *broadcasts_text(const struct observation *seen)
{
    return text_format("%lu in %.3f s, %lu repeated", (unsigned long)seen->broadcasts.count,
                       (double)seen->broadcasts.during_us / 1e6, (unsigned long)seen->broadcasts.repeated);
}

static char *alive_text(const struct observation *seen)
{
    return text_format("%s", wire_sort_name(seen->alive.kind, seen->alive.ethertype));
}

static char *dhcp_text(const struct observation *seen)
{
    const struct dhcp_observation *dhcp = &seen->dhcp;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];
    bool has_server = dhcp->server.family != IP_NONE;

    return text_format("%s%s%s, from %s%s", dhcp_type_name(dhcp->type), has_server ? ", server " : "",
                       has_server ? ip_format(dhcp->server, ip) : "", mac_format(dhcp->sender, mac),
                       dhcp->checksum_bad ? ", wrong checksum" : "");
}

static char *router_text(const struct observation *seen)
{
    return text_format("%s%s%s", seen->router.advertised ? "advertised" : "asked for",
                       seen->router.autonomous ? ", with a prefix" : "",
                       seen->router.managed ? ", addresses by DHCPv6" : "");
}

static char *way_text(const struct observation *seen)
{
    const struct way_observation *way = &seen->way;
    char source[IP_TEXT_SIZE], asked[IP_TEXT_SIZE];

    return text_format("to %s: %s%s%s%s", ip_format(way->source, source),
                       way->asked.family != IP_NONE ? "asked for " : "asked for nobody",
                       way->asked.family != IP_NONE ? ip_format(way->asked, asked) : "",
                       way->answered ? ", answered" : "", way->sent ? ", sent" : "");
}

static char *stack_text(const struct observation *seen)
{
    const struct stack_observation *stack = &seen->stack;

    int error = stack->send_error != 0 ? stack->send_error : stack->unsent;
    return text_format("%u of %u answered%s%s, request at %#x, reply at %#x of %#x%s%s", stack->received,
                       stack->sent, stack->concluded ? "" : ", not concluded",
                       stack->no_room ? ", no room for another neighbour" : "", stack->requests,
                       stack->replies, stack->heard, error != 0 ? ", sending: " : "",
                       error != 0 ? strerror(error) : "");
}

static char *resolve_text(const struct observation *seen)
{
    const struct resolve_observation *resolve = &seen->resolve;
    const struct asking *host = &resolve->by_host, *guest = &resolve->by_guest;

    return text_format("the host asked %u times, and we %u in its name, question at %#x, answer at %#x; the "
                       "guest %u, question at %#x, answer at %#x, of %#x%s",
                       host->times, resolve->sent, host->questions, host->answers, guest->times,
                       guest->questions, guest->answers, resolve->heard,
                       resolve->concluded ? "" : ", not concluded");
}

static char *trace_text(const struct observation *seen)
{
    const struct trace_answer *answer = seen->trace.answer;
    struct text_list words = {0};

    if (seen->trace.answered)
        text_list_addf(&words, "it was answered this time");
    if (answer->no_drops != 0)
        text_list_addf(&words, "drops were not watched: %s", strerror(answer->no_drops));
    if (answer->no_rules != 0)
        text_list_addf(&words, "rules were not watched: %s", strerror(answer->no_rules));
    for (size_t i = 0; i < answer->drop_count; i++) {
        char *drop = trace_drop_text(&answer->drops[i]);
        text_list_addf(&words, "%s dropped at %d: %s", answer->drops[i].was_reply ? "reply" : "request",
                       answer->drops[i].ifindex, drop);
        free(drop);
    }
    if (answer->has_rule)
        text_list_add(&words, trace_rule_text(&answer->rule));
    return text_list_join_by(&words, "; ");
}

static char *mtu_text(const struct observation *seen)
{
    static const char *const ways[MTU_WAYS] = {"echo", "padded", "host", "split"};
    const struct mtu_observation *mtu = &seen->mtu;
    struct text_list words = {0};

    for (size_t i = 0; i < MTU_WAYS; i++)
        if (mtu->of[i].large != 0)
            text_list_addf(&words, "%s: %u of %u answered of %u bytes, %u of %u of %u", ways[i],
                           mtu->of[i].large_answered, mtu->of[i].large_sent, mtu->of[i].large,
                           mtu->of[i].small_answered, mtu->of[i].small_sent, mtu->of[i].small);
    text_list_addf(&words, "large ones of the host: request at %#x, reply at %#x of %#x", mtu->requests,
                   mtu->replies, mtu->heard);
    if (mtu->tails != 0)
        text_list_addf(&words, "%u answers to split ones without their first fragment", mtu->tails);
    if (mtu->passes != 0)
        text_list_addf(&words, "%s: the largest that is answered has %u bytes", ways[mtu->searched],
                       mtu->passes);
    if (mtu->is_told || !mtu->concluded)
        text_list_addf(&words, mtu->is_told ? "an ICMP error came" : "not concluded");
    return text_list_join_by(&words, "; ");
}

/* What only observations of its kind have. */
static char *details_of(const struct observation *seen)
{
    char ip[IP_TEXT_SIZE];

    switch (seen->kind) {
    case OBSERVED_CHECK:
        return check_text(seen);
    case OBSERVED_REPLY:
        return reply_text(seen);
    case OBSERVED_QUESTION:
        return text_format("asked by %s", ip_format(seen->asker, ip));
    case OBSERVED_ICMP_ERROR:
        return text_format("type %u code %u from %s", seen->error.type, seen->error.code,
                           ip_format(seen->error.sender, ip));
    case OBSERVED_RETURN:
        return return_text(seen);
    case OBSERVED_TAG:
        return tag_text(seen);
    case OBSERVED_LEARNED:
        return text_format("on ifindex %d", seen->port);
    case OBSERVED_BROADCASTS:
        return broadcasts_text(seen);
    case OBSERVED_SOURCE:
        return source_text(seen);
    case OBSERVED_SEARCH:
        return search_text(seen);
    case OBSERVED_STACK:
        return stack_text(seen);
    case OBSERVED_RESOLVE:
        return resolve_text(seen);
    case OBSERVED_TRACE:
        return trace_text(seen);
    case OBSERVED_MTU:
        return mtu_text(seen);
    case OBSERVED_TROUBLE:
        return trouble_text(seen);
    case OBSERVED_WAY:
        return way_text(seen);
    case OBSERVED_ALIVE:
        return alive_text(seen);
    case OBSERVED_DHCP:
        return dhcp_text(seen);
    case OBSERVED_ROUTER:
        return router_text(seen);
    case OBSERVED_CLAIM:
    case OBSERVED_PROXY:
    case OBSERVED_HEARD:
    case OBSERVED_DELIVERY:
    case OBSERVED_LISTENED:
    case OBSERVED_ENTRY:
        break;
    }
    return text_format("%s", "");
}

static const char *kind_name(enum observation_kind kind)
{
    static const char *const names[] = {
        [OBSERVED_CHECK] = "check",       [OBSERVED_REPLY] = "reply",
        [OBSERVED_CLAIM] = "claim",       [OBSERVED_PROXY] = "proxy",
        [OBSERVED_HEARD] = "heard",       [OBSERVED_QUESTION] = "question",
        [OBSERVED_DELIVERY] = "delivery", [OBSERVED_ICMP_ERROR] = "icmp-error",
        [OBSERVED_RETURN] = "return",     [OBSERVED_TAG] = "tag",
        [OBSERVED_LEARNED] = "learned",   [OBSERVED_BROADCASTS] = "broadcasts",
        [OBSERVED_SOURCE] = "source",     [OBSERVED_SEARCH] = "search",
        [OBSERVED_TROUBLE] = "trouble",   [OBSERVED_ALIVE] = "alive",
        [OBSERVED_DHCP] = "dhcp",         [OBSERVED_ROUTER] = "router",
        [OBSERVED_LISTENED] = "listened", [OBSERVED_WAY] = "way",
        [OBSERVED_STACK] = "stack",       [OBSERVED_TRACE] = "trace",
        [OBSERVED_RESOLVE] = "resolve",   [OBSERVED_ENTRY] = "entry",
        [OBSERVED_MTU] = "mtu",
    };
    return names[kind];
}

static const char *vantage_name(enum vantage at)
{
    static const char *const names[] = {"tap", "bridge", "host", "port"};
    return names[at < AT_PORT ? at : AT_PORT];
}

char *observation_text(const struct observation *seen)
{
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];
    bool has_address = seen->address.family != IP_NONE, has_mac = !mac_is_zero(seen->mac);
    char *details = details_of(seen);
    char *text = text_format("%s at %s%s%s%s%s%s%s", kind_name(seen->kind), vantage_name(seen->at),
                             has_address ? " " : "", has_address ? ip_format(seen->address, ip) : "",
                             has_mac ? " " : "", has_mac ? mac_format(seen->mac, mac) : "",
                             *details ? ": " : "", details);

    free(details);
    return text;
}
