/* What could not be told, and what else is worth knowing. */
#include "judgement.h"
#include "vm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STRANGERS_SHOWN = 8 };

static void add_troubles(struct judgement *judgement)
{
    const struct observation *seen = NULL;
    struct text_list *unknown = &judgement->verdict->unknown;
    char ip[IP_TEXT_SIZE];

    while ((seen = judgement_next(judgement, seen, OBSERVED_TROUBLE, (struct ip_addr){0})) != NULL) {
        const struct trouble_observation *trouble = &seen->trouble;
        switch (trouble->kind) {
        case TROUBLE_LINK_LOST:
            text_list_addf(unknown, "the interface went away or down during the check: %s",
                           strerror(trouble->error));
            break;
        case TROUBLE_INTERRUPTED:
            text_list_addf(unknown, "interrupted before the end");
            break;
        case TROUBLE_NOT_ALL_TAGS:
            text_list_addf(&judgement->verdict->notes,
                           "%s was not asked for in every VLAN, as too many others are silent as well",
                           ip_format(seen->address, ip));
            break;
        case TROUBLE_UNWATCHED:
            text_list_addf(
                &judgement->verdict->notes,
                "whether host and guest find each other by %s was not watched, as too many might ask",
                seen->address.family == IP_V4 ? "ARP" : "neighbour discovery");
            break;
        case TROUBLE_QUEUE_FULL: /* so do they of this */
            break;
        case TROUBLE_CAPTURE_LOST:
        case TROUBLE_REPLIES_LOST:
        case TROUBLE_FLOOD: /* it only matters where something stayed unanswered: the checks say so */
            text_list_addf(&judgement->verdict->notes, "the capture lost %lu %s",
                           (unsigned long)trouble->count, text_plural(trouble->count, "frame", "frames"));
            break;
        }
    }
}

static char *sweep_text(const struct search_observation *sweep)
{
    const char *all = sweep->answers_all ? ", where one machine answers for everybody" : "";
    char ip[IP_TEXT_SIZE];

    ip_format(sweep->subnet, ip);
    return sweep->too_large ? text_format("ARP sweep of %s/%u%s (of %s/%u, which is too large)", ip,
                                          SEARCH_PART_LENGTH, all, ip, sweep->prefix_length)
                            : text_format("ARP sweep of %s/%u%s", ip, sweep->prefix_length, all);
}

/* "the host's neighbour tables (2 addresses), …": where addresses were looked for. NULL: nowhere. The caller
 * frees it. */
static char *search_text(const struct judgement *judgement)
{
    const struct observation *seen = NULL;
    char *text = NULL;

    while ((seen = judgement_next(judgement, seen, OBSERVED_SEARCH, (struct ip_addr){0})) != NULL) {
        const struct search_observation *search = &seen->search;
        char *means = NULL;
        if (search->means == SEARCH_NEIGHBOURS && search->asked > 0)
            means = text_format("the host's neighbour tables (%u)", search->asked);
        else if (search->means == SEARCH_LINK_LOCAL && search->asked > 0)
            means = text_format("link-local addresses of known MACs (%u)", search->asked);
        else if (search->means == SEARCH_ALL_NODES && search->asked > 0)
            means = text_format("ff02::1");
        else if (search->means == SEARCH_SWEEP)
            means = sweep_text(search);
        if (means == NULL)
            continue;
        char *longer = text_format("%s%s%s", text ? text : "", text ? ", " : "", means);
        free(means);
        free(text);
        text = longer;
    }
    return text;
}

static void add_facts(struct judgement *judgement)
{
    const struct observations *seen = judgement->input->seen;
    const struct observation *source = NULL;
    struct text_list *notes = &judgement->verdict->notes;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE], *search = search_text(judgement);

    if (search != NULL)
        text_list_addf(notes, "addresses were looked for by: %s", search);
    free(search);
    while ((source = judgement_next(judgement, source, OBSERVED_SOURCE, (struct ip_addr){0})) != NULL)
        if (source->source == SOURCE_OURS || source->source == SOURCE_BORROWED)
            text_list_addf(notes, "probes were sent from %s at %s (%s)", ip_format(source->address, ip),
                           mac_format(source->mac, mac),
                           source->source == SOURCE_OURS ? "the host's own" : "unused, taken for this check");
    text_list_addf(notes, "other frames seen: %lu, malformed: %lu", (unsigned long)seen->foreign,
                   (unsigned long)seen->malformed);
    if (seen->left_out > 0)
        text_list_addf(notes, "more was seen than is kept of one target: %lu %s left out",
                       (unsigned long)seen->left_out,
                       text_plural(seen->left_out, "observation is", "observations are"));
}

/* Who waits for a router has no routable IPv6 address yet. */
static void add_routers(struct judgement *judgement)
{
    const struct observation *seen = NULL, *asked = NULL, *advertised = NULL;
    struct text_list *notes = &judgement->verdict->notes;
    char mac[MAC_TEXT_SIZE];

    while ((seen = judgement_next(judgement, seen, OBSERVED_ROUTER, (struct ip_addr){0})) != NULL)
        if (!seen->router.advertised)
            asked = seen;
        else
            advertised = seen;
    if (advertised != NULL)
        text_list_addf(notes, "a router at %s advertises itself to the guest%s%s",
                       mac_format(advertised->mac, mac),
                       advertised->router.autonomous ? ", with a prefix for addresses" : "",
                       advertised->router.managed ? ", and DHCPv6" : "");
    else if (asked != NULL)
        text_list_addf(notes, "the guest asked for IPv6 routers, and none was heard to answer");
}

/* Whether a fault that is proved says why nobody answers: "no reply" would not be said of the address, nor is
 * "could not tell". */
static bool is_explained(const struct judgement *judgement, enum finding_id no_reply, struct ip_addr address)
{
    const struct verdict *verdict = judgement->verdict;
    struct finding generic = {.id = no_reply, .address = address};

    for (size_t i = 0; i < verdict->finding_count; i++)
        if (finding_severity(&verdict->findings[i]) == SEVERITY_ERROR &&
            finding_explains(&verdict->findings[i], &generic))
            return true;
    return false;
}

static enum finding_id no_reply_of(const struct check_result *check)
{
    bool is_echo = strcmp(check->name, probe_name(probe_of_echo(check->address))) == 0;

    if (check->address.family == IP_V4)
        return is_echo ? FINDING_ICMP_NO_REPLY : FINDING_ARP_NO_REPLY;
    return is_echo ? FINDING_ICMPV6_NO_REPLY : FINDING_NDP_NO_REPLY;
}

/* Checks of which it is not known why they were not answered, and that nothing explains. */
static void add_unfinished(struct judgement *judgement)
{
    struct verdict *verdict = judgement->verdict;
    char ip[IP_TEXT_SIZE];

    for (size_t i = 0; i < verdict->check_count; i++) {
        const struct check_result *check = &verdict->checks[i];
        if (check->status == CHECK_UNKNOWN && !is_explained(judgement, no_reply_of(check), check->address))
            text_list_addf(&verdict->unknown, "%s of %s: %s", check->name, ip_format(check->address, ip),
                           check->note);
    }
}

static void add_nobody(struct judgement *judgement)
{
    const struct verdict_input *input = judgement->input;

    if (input->target->given_count > 0 || input->target->address_count > 0 ||
        is_explained(judgement, FINDING_ARP_NO_REPLY, (struct ip_addr){0}))
        return;
    if (input->scope.others_asked) {
        text_list_addf(&judgement->verdict->unknown, "the recording has no address that somebody asked for "
                                                     "with an answer, or three times without; name "
                                                     "one: vmnetcheck read FILE ADDRESS");
        return;
    }
    text_list_addf(
        &judgement->verdict->unknown,
        "no address of the guest was found, so nothing could be checked: it may be off, deaf, or only have "
        "addresses that cannot be guessed; name one: vmnetcheck %s ADDRESS",
        input->target->name);
}

/* Whose processes were not looked at. Somebody else decides how many there are and how long that takes: it is
 * no doubt about the target. An error of ours is. */
static void add_unseen(struct judgement *judgement)
{
    const struct target_vm *vm = &judgement->input->target->vm;
    struct text_list *notes = &judgement->verdict->notes;

    if (vm->looking_error == ETIMEDOUT)
        text_list_addf(notes, "which processes hold taps was not found out in time");
    else if (vm->looking_error != 0)
        text_list_addf(&judgement->verdict->unknown,
                       "which process holds the tap, and which other VMs run, could not be found out: %s",
                       strerror(vm->looking_error));
    if (vm->unreadable > 0)
        text_list_addf(notes,
                       "processes that may not be looked at without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH "
                       "(they may hold taps as well, and were not compared with others): %zu",
                       vm->unreadable);
    if (vm->late > 0)
        text_list_addf(
            notes,
            "processes that were not looked at to their end, as there are too many descriptors (they "
            "may hold taps as well): %zu",
            vm->late);
    for (size_t i = 0; i < vm->strangers_count && i < STRANGERS_SHOWN; i++)
        text_list_addf(notes, "of user %lu, who holds no tap here, %zu %s not believed (such as process %ld)",
                       (unsigned long)vm->strangers[i].uid, vm->strangers[i].count,
                       text_plural(vm->strangers[i].count, "QEMU is", "QEMUs are"),
                       (long)vm->strangers[i].pid);
}

void notes_add_out_of_reach(struct judgement *judgement)
{
    text_list_addf(
        &judgement->verdict->unknown,
        "%s is a macvtap: what is sent on it goes out to the LAN, never to its own guest; ask from "
        "another machine, or from a macvlan of the same interface: ip link add link LOWER type "
        "macvlan mode bridge",
        judgement->input->target->link->name);
}

/* Who was not seen, and what was not said. */
void notes_add_unread(struct judgement *judgement)
{
    const struct target *target = judgement->input->target;
    const struct target_vm *vm = &target->vm;
    struct text_list *notes = &judgement->verdict->notes;

    if (target->link != NULL && target->link->kind == LINK_TAP && target->link->carrier && vm->looked &&
        vm->holder_count == 0)
        text_list_addf(notes, "a process holds %s, but none that may be looked at here does",
                       target->link->name);
    add_unseen(judgement);
    if (vm->qmp_asked && vm->qmp == NULL)
        text_list_addf(notes, "QEMU did not say how it is (QMP, %s): %s", vm->qmp_path, vm->qmp_result_text);
}

void notes_add(struct judgement *judgement)
{
    add_unfinished(judgement);
    path_add_doubts(judgement);
    if (!is_explained(judgement, FINDING_NO_ADDRESS, (struct ip_addr){0})) {
        need_add_doubts(judgement);
        dhcp_add_doubts(judgement);
    }
    add_troubles(judgement);
    add_nobody(judgement);
    add_facts(judgement);
    reply_add_notes(judgement);
    mtu_add_notes(judgement);
    bridge_add_notes(judgement);
    add_routers(judgement);
}
