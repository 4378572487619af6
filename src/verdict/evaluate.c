/* From judgement to verdict: the rules in their order, what hides what, the status. */
#include "judgement.h"
#include "passage.h"

#include <stdlib.h>
#include <string.h>

const struct scope SCOPE_START_UP = {.start_up_only = true};
const struct scope SCOPE_RECORDING = {.others_asked = true, .many_machines = true};

struct scope scope_of_check(const struct target *target)
{
    bool bridge = target->link != NULL && target->link->kind == LINK_BRIDGE;

    return (struct scope){.many_machines = bridge || target->vm.of_switch};
}

static void apply(struct judgement *judgement, const struct rule *rules)
{
    for (; rules->look != NULL; rules++)
        rules->look(judgement, rules->id);
}

static void apply_start_up_rules(struct judgement *judgement)
{
    apply(judgement, VM_RULES);
    apply(judgement, HUB_RULES);
    apply(judgement, PLUG_RULES);
    apply(judgement, MAC_RULES);
}

static int compare_findings(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    return x->id != y->id ? (x->id > y->id) - (x->id < y->id)
                          : memcmp(&x->address, &y->address, sizeof x->address);
}

/* The finding before is of the same kind and about the same: it explains as much. */
static bool says_the_same(const struct verdict *verdict, size_t index)
{
    const struct finding *finding = &verdict->findings[index];

    return index > 0 && finding[-1].id == finding->id && ip_equal(finding[-1].address, finding->address);
}

static void hide_consequences(struct verdict *verdict)
{
    bool *hidden = memory_new(verdict->finding_count, sizeof *hidden);
    size_t kept = 0;

    for (size_t j = 0; j < verdict->finding_count; j++)
        for (size_t i = 0; i < verdict->finding_count && !says_the_same(verdict, j); i++)
            hidden[i] |= finding_explains(&verdict->findings[j], &verdict->findings[i]);
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
        const struct finding *finding = &verdict->findings[i];
        enum severity severity = finding_severity(finding);
        enum layer layer = FINDINGS[finding->id].layer;
        if (finding->ignored)
            continue;
        if (severity > worst) {
            worst = severity;
            verdict->layer = layer;
        } else if (severity == worst && layer > verdict->layer) {
            verdict->layer = layer;
        }
    }
    verdict->status = worst == SEVERITY_ERROR      ? STATUS_FAULT
                      : verdict->unknown.count > 0 ? STATUS_UNKNOWN
                      : worst == SEVERITY_WARNING  ? STATUS_WARNING
                                                   : STATUS_HEALTHY;
    if (verdict->status == STATUS_HEALTHY || verdict->status == STATUS_UNKNOWN)
        verdict->layer = LAYER_NONE;
}

void verdict_conclude(struct verdict *verdict)
{
    hide_consequences(verdict);
    sum_up(verdict);
}

static bool ends_check(const struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->finding_count; i++)
        if (FINDINGS[verdict->findings[i].id].course == ENDS_CHECK)
            return true;
    return false;
}

/* What is sent on a macvtap goes out to its lower interface, never to its own guest. */
static bool is_out_of_reach(const struct verdict_input *input)
{
    return input->target->link != NULL && input->target->link->kind == LINK_MACVTAP;
}

bool verdict_ends_early(const struct verdict_input *input)
{
    struct verdict verdict = {0};
    struct judgement judgement = {.input = input, .verdict = &verdict};

    apply(&judgement, HOST_RULES);
    bool ends = ends_check(&verdict) || is_out_of_reach(input);
    finding_clear(&judgement.spare);
    verdict_free(&verdict);
    return ends;
}

/* Whether it is the one answer to the question why nobody answers, whatever the address. */
static bool explains_all_silence(const struct finding *finding)
{
    const struct finding no_reply = {.id = FINDING_ARP_NO_REPLY};

    return finding->address.family == IP_NONE && finding_severity(finding) == SEVERITY_ERROR &&
           finding_explains(finding, &no_reply);
}

bool verdict_explains_silence(const struct verdict_input *input)
{
    static const struct observations nothing;
    struct target target = *input->target;
    struct verdict_input silent = *input;
    struct verdict verdict = {0};
    struct judgement judgement = {.input = &silent, .verdict = &verdict};
    bool explained = false;

    target.vm.holders_hang = false; /* it takes longer to be sure of that */
    silent.target = &target;
    silent.seen = &nothing;
    apply_start_up_rules(&judgement);
    for (size_t i = 0; i < verdict.finding_count; i++)
        explained |= explains_all_silence(&verdict.findings[i]);
    finding_clear(&judgement.spare);
    verdict_free(&verdict);
    return explained;
}

static void judge_start_up(struct judgement *judgement)
{
    apply_start_up_rules(judgement);
    hide_consequences(judgement->verdict);
    plug_add_doubts(judgement);
}

static void judge_traffic(struct judgement *judgement)
{
    checks_add(judgement);
    timeline_add(judgement);
    apply(judgement, LOOP_RULES);
    apply(judgement, DUP_RULES);
    apply(judgement, SEEN_MAC_RULES);
    apply(judgement, L2_RULES);
    apply(judgement, L3_RULES);
    apply(judgement, HORIZON_RULES);
    apply(judgement, NEED_RULES);
    apply(judgement, ADDRESS_RULES);
    apply(judgement, DHCP_RULES);
    if (judgement->input->facts != NULL) {
        apply(judgement, BRIDGE_RULES);
        apply(judgement, VLAN_RULES);
        apply(judgement, REPLY_RULES);
        apply(judgement, PATH_RULES);
        apply(judgement, MTU_RULES);
    }
}

static void judge_target(struct judgement *judgement)
{
    if (judgement->input->facts != NULL)
        apply(judgement, HOST_RULES);
    apply_start_up_rules(judgement);
    bool goes_on = !ends_check(judgement->verdict), reaches = !is_out_of_reach(judgement->input);
    if (goes_on && reaches)
        judge_traffic(judgement);
    passage_add_path(judgement);
    segment_add(judgement);
    hide_consequences(judgement->verdict);
    if (goes_on && reaches)
        notes_add(judgement);
    else if (goes_on)
        notes_add_out_of_reach(judgement);
}

static void add_unlisted(struct judgement *judgement)
{
    for (size_t id = 0; id < FINDING_COUNT; id++)
        if (judgement->of_a_kind[id] > FINDINGS_OF_A_KIND)
            text_list_addf(&judgement->verdict->notes, "there is more of %s than is listed",
                           FINDINGS[id].name);
}

void verdict_evaluate(const struct verdict_input *input, struct verdict *ret)
{
    static const struct observations nothing;
    struct verdict_input complete = *input;
    struct verdict verdict = {0};
    struct judgement judgement = {.input = &complete, .verdict = &verdict};

    if (complete.seen == NULL)
        complete.seen = &nothing;
    if (complete.scope.start_up_only)
        judge_start_up(&judgement);
    else
        judge_target(&judgement);
    notes_add_unread(&judgement);
    add_unlisted(&judgement);
    finding_clear(&judgement.spare);
    sum_up(&verdict);
    *ret = verdict;
}

void verdict_free(struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->finding_count; i++)
        finding_clear(&verdict->findings[i]);
    for (size_t i = 0; i < verdict->check_count; i++)
        free(verdict->checks[i].note);
    verdict_path_free(&verdict->path);
    free(verdict->findings);
    free(verdict->checks);
    free(verdict->addresses);
    free(verdict->moments);
    text_list_free(&verdict->unknown);
    text_list_free(&verdict->notes);
    *verdict = (struct verdict){0};
}

const char *verdict_status_name(enum verdict_status status)
{
    static const char *const names[] = {"healthy", "warning", "unknown", "fault"};
    return names[status];
}
