/* The kernel's own word on a loss, as evidence. */
#include "traced.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is not on the path is a copy, such as a bridge floods; a reply without an interface is what a socket
 * had got already. */
static bool concerns(const struct judgement *judgement, const struct kernel_drop *drop, bool reply_is_lost)
{
    if (drop->was_reply != reply_is_lost)
        return false;
    return drop->ifindex == 0 ? !drop->was_reply : path_has(&judgement->input->target->path, drop->ifindex);
}

static bool are_alike(const struct kernel_drop *a, const struct kernel_drop *b)
{
    return a->was_reply == b->was_reply && strcmp(a->reason, b->reason) == 0 &&
           strcmp(a->place, b->place) == 0;
}

static bool was_said(const struct trace_answer *answer, size_t drop)
{
    for (size_t i = 0; i < drop; i++)
        if (are_alike(&answer->drops[i], &answer->drops[drop]))
            return true;
    return false;
}

static bool add_drops(const struct judgement *judgement, struct finding *finding,
                      const struct trace_answer *answer, bool reply_is_lost)
{
    bool any = false;

    for (size_t i = 0; i < answer->drop_count; i++) {
        if (!concerns(judgement, &answer->drops[i], reply_is_lost) || was_said(answer, i))
            continue;
        char *text = trace_drop_text(&answer->drops[i]);
        finding_add_evidence(finding, "the kernel dropped the %s: %s", reply_is_lost ? "reply" : "request",
                             text);
        free(text);
        any = true;
    }
    return any;
}

/* "that takes CAP_BPF and CAP_PERFMON", and what else may be in the way. */
static const char *why_not(int error, const char *rights)
{
    return error == EPERM || error == EACCES   ? rights
           : error == EOPNOTSUPP               ? "this program was built without it, or the kernel has none"
           : error == EBUSY || error == EAGAIN ? "in one run it is only asked about a few"
                                               : strerror(error);
}

static void add_rule(struct finding *finding, const struct trace_answer *answer)
{
    if (answer->has_rule) {
        char *rule = trace_rule_text(&answer->rule), *fix = trace_rule_fix(&answer->rule);
        finding_add_evidence(finding, "it is dropped by %s", rule);
        if (fix != NULL)
            finding_set_fix(finding, "%s", fix);
        free(rule);
        free(fix);
    } else if (answer->no_rules != 0) {
        finding_add_evidence(finding, "which rule drops it was not asked: %s",
                             why_not(answer->no_rules, "that takes CAP_NET_ADMIN"));
    } else {
        finding_add_evidence(
            finding, "no rule of nftables dropped it%s",
            answer->has_legacy ? "; those of iptables-legacy, of which this host has some, cannot be traced: "
                                 "iptables-legacy-save shows them"
                               : "");
    }
}

bool traced_add(const struct judgement *judgement, struct finding *finding, const struct passage *passage)
{
    const struct observation *seen = judgement_next(judgement, NULL, OBSERVED_TRACE, passage->seen->address);
    bool asks_rules = judgement->input->options->find_rule;

    if (seen == NULL)
        return false;
    if (seen->trace.answered) {
        finding_add_evidence(finding, "when the kernel was asked why, the next request was answered");
        return false;
    }
    const struct trace_answer *answer = seen->trace.answer;
    bool said = add_drops(judgement, finding, answer, passage->lost == LOST_REPLY);
    if (answer->no_drops != 0)
        finding_add_evidence(finding, "why the kernel dropped it was not asked: %s",
                             why_not(answer->no_drops, "that takes CAP_BPF and CAP_PERFMON"));
    if (asks_rules)
        add_rule(finding, answer);
    else if (finding->id == FINDING_HOST_FILTER)
        finding_add_evidence(finding, "vmnetcheck --find-rule names the rule, if it is one of nftables");
    return said || answer->has_rule;
}
