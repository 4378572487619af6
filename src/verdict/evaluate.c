#include "judgement.h"

#include <stdlib.h>
#include <string.h>

/* ---- checks and addresses as reports show them ---- */

/* More answers than questions, without copies of frames: two machines claim the address, or somebody else
 * asks for it, too. */
static char *more_answers_text(const struct judgement *judgement, const struct observation *check)
{
    const struct observation *claim = next_observation(judgement, NULL, OBSERVED_CLAIM, check->address);

    if (next_observation(judgement, claim, OBSERVED_CLAIM, check->address) != NULL)
        return text_format("by more than one MAC address");
    return text_format("echo shows no copies: another program seems to ask, too");
}

/* Why a check is not finished. */
static char *unfinished_text(const struct judgement *judgement, const struct check_observation *outcome)
{
    if (!judgement->input->target->recorded)
        return text_format("stopped before its end");
    if (outcome->one_sided)
        return text_format(
            "the recording has only broadcasts of who asked, so its answers would not be there");
    return outcome->sent == 0 ? text_format("nobody asks for it in the recording")
                              : text_format("the recording ends before there was time for an answer (-W)");
}

/* Silence of an echo means something only if it is known whether somebody is there: it is not always
 * recorded. */
static bool is_out_of_context(const struct judgement *judgement, const struct observation *check)
{
    return judgement->input->target->recorded && !is_claimed(judgement, check->address) &&
           check_of(judgement, neighbour_probe_of(check->address), check->address) == NULL;
}

static void give_status(const struct judgement *judgement, const struct observation *seen,
                        struct check_result *check)
{
    const struct check_observation *outcome = &seen->check;
    const struct observation *elsewhere;
    char source[IP_TEXT_SIZE], ip[IP_TEXT_SIZE];

    if (has_proven_duplicates(judgement, seen)) {
        check->status = CHECK_FAIL;
    } else if (outcome->sent > 0 && outcome->received == outcome->sent && outcome->concluded) {
        check->status = CHECK_PASS;
        if (outcome->duplicates > 0)
            check->note = more_answers_text(judgement, seen);
    } else if (outcome->no_source) {
        check->status = CHECK_UNKNOWN;
        check->note = text_format("no free address to send from was found; name one with -S");
    } else if (outcome->no_mac) {
        check->status =
            outcome->concluded || is_silent(judgement, check_of(judgement, neighbour_probe_of(seen->address),
                                                                seen->address))
                ? CHECK_SKIP
                : CHECK_UNKNOWN;
        check->note = text_format("not asked: no MAC address to send to");
    } else if (outcome->send_failures > 0) {
        check->status = CHECK_UNKNOWN;
        check->note = text_format("%u of %u could not be sent: %s", outcome->send_failures, outcome->sent,
                                  strerror(outcome->send_error));
    } else if (!outcome->concluded) {
        check->status = CHECK_UNKNOWN;
        check->note = unfinished_text(judgement, outcome);
    } else if (outcome->received == 0 && is_out_of_context(judgement, seen)) {
        check->status = CHECK_UNKNOWN;
        check->note =
            text_format("not answered, and the recording does not show whether anybody answers %s for it",
                        probe_name(neighbour_probe_of(seen->address)));
    } else if (capture_lost_frames(judgement)) {
        check->status = CHECK_UNKNOWN;
        check->note = text_format("answers may be among the frames that the capture lost");
    } else if (outcome->received > 0) {
        check->status = CHECK_WARN;
    } else if (outcome->sent > 0 && (elsewhere = asked_elsewhere(judgement, seen)) != NULL) {
        check->status = CHECK_UNKNOWN;
        check->note =
            text_format("the guest does not take the borrowed source %s for a neighbour and asks for %s "
                        "instead; name a source with -S",
                        ip_format(outcome->source, source), ip_format(elsewhere->address, ip));
    } else if (outcome->sent > 0 && host_may_be_silent(judgement, seen)) {
        check->status = CHECK_UNKNOWN;
        check->note =
            text_format("the guest asked who has the host's %s and sent nothing there: the host may not "
                        "have answered (arp_ignore, a filter, a full neighbour table)",
                        ip_format(outcome->source, source));
    } else {
        check->status = CHECK_FAIL;
    }
}

static void add_check(struct judgement *judgement, const struct observation *seen)
{
    struct verdict *verdict = judgement->verdict;
    const struct check_observation *outcome = &seen->check;

    verdict->checks = memory_resize(verdict->checks, verdict->check_count + 1, sizeof *verdict->checks);
    struct check_result *check = &verdict->checks[verdict->check_count++];
    *check = (struct check_result){
        .name = probe_name(outcome->probe),
        .address = seen->address,
        .sent = outcome->sent,
        .received = outcome->received,
        .duplicates = outcome->duplicates,
        .has_rtt = outcome->received > 0,
        .rtt_min_us = outcome->rtt_min_us,
        .rtt_avg_us = outcome->rtt_avg_us,
        .rtt_max_us = outcome->rtt_max_us,
    };
    give_status(judgement, seen, check);
    if (check->status == CHECK_UNKNOWN) {
        char ip[IP_TEXT_SIZE];
        text_list_add(&verdict->unknown,
                      text_format("%s of %s: %s", check->name, ip_format(check->address, ip), check->note));
    }
}

static void add_checks(struct judgement *judgement)
{
    const struct target *target = judgement->input->target;

    for (size_t i = 0; i < target->address_count; i++)
        for (enum probe_id probe = PROBE_ARP; probe <= PROBE_ICMPV6; probe++) {
            const struct observation *seen = check_of(judgement, probe, target->addresses[i].address);
            if (seen != NULL)
                add_check(judgement, seen);
        }
}

static void add_addresses(struct judgement *judgement)
{
    const struct target *target = judgement->input->target;
    struct verdict *verdict = judgement->verdict;

    verdict->addresses = memory_new(target->address_count, sizeof *verdict->addresses);
    for (size_t i = 0; i < target->address_count; i++) {
        struct address_result *address = &verdict->addresses[verdict->address_count++];
        const struct observation *claim =
            next_observation(judgement, NULL, OBSERVED_CLAIM, target->addresses[i].address);
        *address = (struct address_result){.address = target->addresses[i].address,
                                           .origin = target->addresses[i].origin,
                                           .has_mac = claim != NULL};
        if (claim != NULL)
            address->mac = claim->mac;
    }
}

/* ---- what could not be told, and what else is worth knowing ---- */

static void add_troubles(struct judgement *judgement)
{
    const struct observation *seen = NULL;
    struct text_list *unknown = &judgement->verdict->unknown;
    char ip[IP_TEXT_SIZE];

    while ((seen = next_observation(judgement, seen, OBSERVED_TROUBLE, (struct ip_addr){0})) != NULL) {
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
        case TROUBLE_CAPTURE_LOST:
        case TROUBLE_FLOOD: /* it only matters where something stayed unanswered: the checks say so */
            text_list_addf(&judgement->verdict->notes, "the capture lost %lu frames",
                           (unsigned long)trouble->count);
            break;
        }
    }
}

/* "the host's neighbour tables (2 addresses), …": where addresses were looked for. NULL: nowhere. The caller
 * frees it. */
static char *search_text(const struct judgement *judgement)
{
    const struct observation *seen = NULL;
    char *text = NULL, ip[IP_TEXT_SIZE];

    while ((seen = next_observation(judgement, seen, OBSERVED_SEARCH, (struct ip_addr){0})) != NULL) {
        const struct search_observation *search = &seen->search;
        char *means = NULL;
        if (search->means == SEARCH_NEIGHBOURS && search->asked > 0)
            means = text_format("the host's neighbour tables (%u)", search->asked);
        else if (search->means == SEARCH_LINK_LOCAL && search->asked > 0)
            means = text_format("link-local addresses of known MACs (%u)", search->asked);
        else if (search->means == SEARCH_ALL_NODES && search->asked > 0)
            means = text_format("ff02::1");
        else if (search->means == SEARCH_SWEEP)
            means = text_format(search->too_large ? "not %s/%u, which is too large to sweep"
                                : search->answers_all
                                    ? "ARP sweep of %s/%u, where one machine answers for everybody"
                                    : "ARP sweep of %s/%u",
                                ip_format(search->subnet, ip), search->prefix_length);
        if (means == NULL)
            continue;
        char *longer = text_format("%s%s%s", text ? text : "", text ? ", " : "", means);
        free(means);
        free(text);
        text = longer;
    }
    return text;
}

static bool has_family(const struct target *target, enum ip_family family)
{
    for (size_t i = 0; i < target->address_count; i++)
        if (target->addresses[i].address.family == family)
            return true;
    return false;
}

/* A family of which no address was given or found is not checked; whoever reads "healthy" is to know that. */
static void add_unchecked_family(struct judgement *judgement, enum ip_family family, bool wanted)
{
    struct verdict *verdict = judgement->verdict;
    const struct target *target = judgement->input->target;

    if (!wanted || target->recorded || target->given_count > 0 || target->address_count == 0 ||
        has_family(target, family))
        return;
    verdict->checks = memory_resize(verdict->checks, verdict->check_count + 1, sizeof *verdict->checks);
    verdict->checks[verdict->check_count++] =
        (struct check_result){.name = probe_name(family == IP_V4 ? PROBE_ARP : PROBE_NDP),
                              .status = CHECK_SKIP,
                              .note = text_format("no %s address of the guest was given or found",
                                                  family == IP_V4 ? "IPv4" : "IPv6")};
}

static void add_notes(struct judgement *judgement)
{
    const struct observations *seen = judgement->input->seen;
    const struct observation *source = NULL;
    struct text_list *notes = &judgement->verdict->notes;
    char ip[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE], *search = search_text(judgement);

    if (search != NULL)
        text_list_addf(notes, "addresses were looked for by: %s", search);
    free(search);
    while ((source = next_observation(judgement, source, OBSERVED_SOURCE, (struct ip_addr){0})) != NULL)
        if (source->source == SOURCE_OURS || source->source == SOURCE_BORROWED)
            text_list_addf(notes, "probes were sent from %s at %s (%s)", ip_format(source->address, ip),
                           mac_format(source->mac, mac),
                           source->source == SOURCE_OURS ? "the host's own" : "borrowed: nobody has it");
    text_list_addf(notes, "other frames seen: %lu, malformed: %lu", (unsigned long)seen->foreign,
                   (unsigned long)seen->malformed);
}

static void add_nobody(struct judgement *judgement)
{
    const struct verdict_input *input = judgement->input;

    if (input->target->given_count > 0 || input->target->address_count > 0)
        return;
    if (input->target->recorded) {
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

/* Who was not seen, and what was not said. */
static void add_unread(struct judgement *judgement)
{
    const struct target *target = judgement->input->target;
    const struct target_vm *vm = &target->vm;
    struct text_list *notes = &judgement->verdict->notes;

    if (target->link != NULL && target->link->kind == LINK_TAP && target->link->carrier && vm->looked &&
        vm->holder_count == 0)
        text_list_addf(notes, "a process holds %s, but none that may be looked at here does",
                       target->link->name);
    if (vm->unreadable > 0)
        text_list_addf(notes,
                       "processes that may not be looked at without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH "
                       "(they may hold taps as well, and were not compared with others): %zu",
                       vm->unreadable);
    if (vm->qmp_asked && vm->qmp == NULL)
        text_list_addf(notes, "QEMU did not say how it is (QMP, %s): %s", vm->qmp_path, vm->qmp_result_text);
}

/* ---- the verdict ---- */

static void apply(struct judgement *judgement, const struct rule *rules)
{
    for (; rules->look != NULL; rules++)
        rules->look(judgement, rules->id);
}

static void apply_start_up_rules(struct judgement *judgement)
{
    apply(judgement, VM_RULES);
    apply(judgement, HUB_RULES);
    apply(judgement, MAC_RULES);
}

static bool explains(const struct finding *specific, const struct finding *generic)
{
    return specific != generic && (FINDINGS[specific->id].hides >> generic->id & 1) &&
           (specific->address.family == IP_NONE || generic->address.family == IP_NONE ||
            ip_equal(specific->address, generic->address));
}

static void finding_clear(struct finding *finding)
{
    free(finding->summary);
    free(finding->fix);
    text_list_free(&finding->evidence);
}

static int compare_findings(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    return x->id != y->id ? (x->id > y->id) - (x->id < y->id)
                          : memcmp(&x->address, &y->address, sizeof x->address);
}

static void hide_consequences(struct verdict *verdict)
{
    bool *hidden = memory_new(verdict->finding_count, sizeof *hidden);
    size_t kept = 0;

    for (size_t i = 0; i < verdict->finding_count; i++)
        for (size_t j = 0; j < verdict->finding_count; j++)
            hidden[i] |= explains(&verdict->findings[j], &verdict->findings[i]);
    for (size_t i = 0; i < verdict->finding_count; i++) {
        if (hidden[i])
            finding_clear(&verdict->findings[i]);
        else
            verdict->findings[kept++] = verdict->findings[i];
    }
    verdict->finding_count = kept;
    free(hidden);
    if (kept > 1) /* the order of the table, lowest layer first */
        qsort(verdict->findings, kept, sizeof *verdict->findings, compare_findings);
}

static void sum_up(struct verdict *verdict)
{
    enum severity worst = SEVERITY_INFO;

    for (size_t i = 0; i < verdict->finding_count; i++) {
        const struct finding_row *row = &FINDINGS[verdict->findings[i].id];
        if (row->severity > worst) {
            worst = row->severity;
            verdict->layer = row->layer;
        } else if (row->severity == worst && row->layer > verdict->layer) {
            verdict->layer = row->layer;
        }
    }
    verdict->status = worst == SEVERITY_ERROR      ? STATUS_FAULT
                      : verdict->unknown.count > 0 ? STATUS_UNKNOWN
                      : worst == SEVERITY_WARNING  ? STATUS_WARNING
                                                   : STATUS_HEALTHY;
    if (verdict->status == STATUS_HEALTHY || verdict->status == STATUS_UNKNOWN)
        verdict->layer = LAYER_NONE;
}

bool verdict_ends_early(const struct verdict_input *input)
{
    struct verdict verdict = {0};
    struct judgement judgement = {input, &verdict};

    apply(&judgement, HOST_RULES);
    bool ends = verdict.finding_count > 0;
    verdict_free(&verdict);
    return ends;
}

void verdict_evaluate(const struct verdict_input *input, struct verdict *ret)
{
    static const struct observations nothing;
    struct verdict_input complete = *input;
    struct verdict verdict = {0};
    struct judgement judgement = {&complete, &verdict};

    if (complete.seen == NULL)
        complete.seen = &nothing;
    apply(&judgement, HOST_RULES);
    bool pointless = verdict.finding_count > 0;
    apply_start_up_rules(&judgement);
    if (pointless) {
        hide_consequences(&verdict);
    } else {
        add_addresses(&judgement);
        add_checks(&judgement);
        add_unchecked_family(&judgement, IP_V4, input->options->ipv4);
        add_unchecked_family(&judgement, IP_V6, input->options->ipv6);
        apply(&judgement, LOOP_RULES);
        apply(&judgement, DUP_RULES);
        apply(&judgement, L2_RULES);
        apply(&judgement, L3_RULES);
        hide_consequences(&verdict);
        add_troubles(&judgement);
        add_nobody(&judgement);
        add_notes(&judgement);
    }
    add_unread(&judgement);
    sum_up(&verdict);
    *ret = verdict;
}

void verdict_lint(const struct verdict_input *input, struct verdict *ret)
{
    struct verdict verdict = {0};
    struct judgement judgement = {input, &verdict};

    apply_start_up_rules(&judgement);
    hide_consequences(&verdict);
    add_doubts(&judgement);
    add_unread(&judgement);
    sum_up(&verdict);
    *ret = verdict;
}

void verdict_free(struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->finding_count; i++)
        finding_clear(&verdict->findings[i]);
    for (size_t i = 0; i < verdict->check_count; i++)
        free(verdict->checks[i].note);
    free(verdict->findings);
    free(verdict->checks);
    free(verdict->addresses);
    text_list_free(&verdict->unknown);
    text_list_free(&verdict->notes);
    *verdict = (struct verdict){0};
}

const char *verdict_status_name(enum verdict_status status)
{
    static const char *const names[] = {"healthy", "warning", "unknown", "fault"};
    return names[status];
}

const char *check_status_name(enum check_status status)
{
    static const char *const names[] = {"pass", "skip", "warn", "unknown", "fail"};
    return names[status];
}

const char *address_origin_name(enum address_origin origin)
{
    static const char *const names[] = {"given",      "configured", "heard", "neighbour-table",
                                        "link-local", "all-nodes",  "sweep"};
    return names[origin];
}
