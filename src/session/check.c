/* What a check wants next. */
#include "check.h"
#include "check_inside.h"
#include "dhcp_exchange.h"
#include "vm.h"

#include <stdlib.h>

enum {
    RETRY_US = 50000, /* between two looks at a target that is not healthy yet (-w): short beside a boot, long
                         beside a look */
    QUIET_US = 100000, /* after which it is looked why nothing is heard: most guests are heard sooner */
    /* Until a guest uses an address that DHCP gave it: first it asks who has it, RFC 5227. */
    GRANTED_US = 3000000
};

struct check *check_new(const struct check_means *means, const struct check_options *options,
                        struct target *target, uint64_t now_us)
{
    struct check *check = memory_new(1, sizeof *check);

    check->means = *means;
    check->options = options;
    check->target = target;
    check->patience_until_us = options->wait_us > 0 ? now_us + options->wait_us : 0;
    return check;
}

void check_free(struct check *check)
{
    if (check == NULL)
        return;
    session_free(check->session);
    observations_free(&check->earlier);
    verdict_free(&check->verdict);
    free(check);
}

static void tell(const struct check *check, uint64_t now_us, const char *decision)
{
    if (check->means.tell != NULL)
        check->means.tell(check->means.context, now_us, decision);
}

/* ---- patience ---- */

bool check_may_retry(const struct check *check, uint64_t now_us)
{
    return !check->interrupted && now_us < check->patience_until_us;
}

/* What probes saw is only tried again if there is time for them to wait for their answers: a check that is
 * cut short would call a guest silent that had no time to answer. */
bool check_may_ask_again(const struct check *check, uint64_t now_us)
{
    return check_may_retry(check, now_us + check->options->timeout_us);
}

uint64_t check_patience(const struct check *check, uint64_t now_us)
{
    return check_may_ask_again(check, now_us) ? check->patience_until_us : 0;
}

/* ---- the verdict ---- */

static struct verdict_input input_of(const struct check *check, const struct observations *seen)
{
    return (struct verdict_input){check->facts, check->target, check->options, seen,
                                  scope_of_check(check->target)};
}

bool check_is_hopeless(const struct check *check)
{
    struct verdict_input input = input_of(check, NULL);
    return verdict_ends_early(&input);
}

void check_judge(struct check *check, const struct observations *seen)
{
    struct verdict_input input = input_of(check, seen);

    if (check->means.judged != NULL && seen != NULL)
        check->means.judged(check->means.context, seen);
    verdict_free(&check->verdict);
    verdict_evaluate(&input, &check->verdict);
}

bool check_has_qemu(const struct check *check)
{
    const struct vm *vm = check->target->vm.vm;
    return vm != NULL && vm->qmp_sockets.count > 0;
}

/* Whether QEMU is there to be asked, or a process to be looked at. */
static bool vm_may_know(const struct check *check)
{
    return check->session != NULL && !check->interrupted &&
           (check_has_qemu(check) || check->target->vm.holder_count > 0) &&
           (check->verdict.status == STATUS_FAULT || check->verdict.status == STATUS_UNKNOWN);
}

void check_end_session(struct check *check, uint64_t now_us)
{
    if (check->session != NULL)
        dhcp_keep(&check->earlier, session_finish(check->session, now_us));
    session_free(check->session);
    check->session = NULL;
}

void check_pause(struct check *check, uint64_t now_us)
{
    check->step = PAUSE;
    check->pause_until_us = now_us + RETRY_US;
}

void check_conclude(struct check *check, uint64_t now_us)
{
    bool again = check->session != NULL ? check_may_ask_again(check, now_us) : check_may_retry(check, now_us);

    tell(check, now_us, verdict_status_name(check->verdict.status));
    if (check->verdict.status != STATUS_HEALTHY && again) {
        check_end_session(check, now_us);
        check_pause(check, now_us);
    } else if (vm_may_know(check)) {
        check->step = ASK_QEMU;
    } else {
        check_end_session(check, now_us);
        check->step = END;
    }
}

bool check_knows_why(struct check *check, uint64_t now_us)
{
    struct verdict_input input = input_of(check, NULL);

    if (!verdict_explains_silence(&input))
        return false;
    tell(check, now_us, "it is known why nothing is heard");
    check_judge(check, session_finish(check->session, now_us));
    check_conclude(check, now_us);
    return true;
}

/* ---- one step each: true if another one follows at once, false with what is needed first ---- */

static bool needs(struct check_need *need, enum check_need_kind kind, uint64_t time_us)
{
    *need = (struct check_need){.kind = kind, .time_us = time_us};
    return false;
}

static bool needs_vantage(struct check_need *need, enum vantage at, const struct link_facts *link)
{
    *need = (struct check_need){.kind = CHECK_WANTS_VANTAGE,
                                .at = at,
                                .hears_out = session_hears_out(at),
                                .ifindex = link->ifindex,
                                .interface = link->name};
    return false;
}

static bool needs_vm(const struct check *check, struct check_need *need, enum vm_haste haste)
{
    *need = (struct check_need){.kind = CHECK_WANTS_VM, .time_us = check->vm_not_before_us, .haste = haste};
    return false;
}

static uint64_t sooner(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

/* An interface that was lost ends its session: the facts of now may tell why. */
static bool ask_guest(struct check *check, struct check_need *need, uint64_t now_us)
{
    struct session *session = check->session;

    if (!session_done(session) && now_us >= session_due(session))
        session_timer(session, now_us);
    if (session_done(session)) {
        check->step = check->has_tap ? COUNT_LOSSES : READ_FACTS;
        return true;
    }
    if (session_wants_glance(session))
        return needs(need, CHECK_WANTS_GLANCE, now_us);
    if (!session_is_quiet(session) || check->quiet_until_us == 0)
        return needs(need, CHECK_WAITS, session_due(session));
    if (now_us < check->quiet_until_us)
        return needs(need, CHECK_WAITS, sooner(session_due(session), check->quiet_until_us));
    check->quiet_until_us = 0;
    check->step = LOOK_WHY;
    return true;
}

static bool glance(struct check *check, struct check_need *need, uint64_t now_us)
{
    if (session_wants_glance(check->session))
        return needs(need, CHECK_WANTS_GLANCE, now_us);
    check->step = JUDGE;
    return true;
}

static bool was_granted(const struct observations *seen)
{
    const struct observation *client = NULL;

    while ((client = dhcp_next_client(seen, client)) != NULL)
        if (dhcp_exchange_of(seen, client->mac).ack != NULL)
            return true;
    return false;
}

/* Nothing was named, what was found does not do, and the guest was heard as an address when nobody asked any
 * more. */
static bool was_heard_late(const struct check *check, const struct observations *seen)
{
    const struct target *target = check->target;
    bool may_do = target->given_count == 0 && check->verdict.status == STATUS_UNKNOWN;

    for (size_t i = 0; i < seen->count && may_do; i++)
        if (seen->items[i].kind == OBSERVED_HEARD && !target_checks(target, seen->items[i].address))
            return true;
    return false;
}

/* A guest that was just given an address by DHCP, or uses one only now, is waited for, as if the user did:
 * once. */
static void wait_for_granted(struct check *check, const struct observations *seen, uint64_t now_us)
{
    if (check->granted || check->verdict.status == STATUS_HEALTHY ||
        !(was_granted(seen) || was_heard_late(check, seen)))
        return;
    check->granted = true;
    uint64_t used_us = now_us + GRANTED_US + check->options->timeout_us; /* and answers */
    if (check->patience_until_us < used_us)
        check->patience_until_us = used_us;
    tell(check, now_us, "it uses an address only now, or was given one by DHCP: looks again");
}

/* While the user waits, what is not healthy is looked at anew rather than diagnosed. */
static bool judge_session(struct check *check, uint64_t now_us)
{
    const struct observations *seen = session_finish(check->session, now_us);

    check_judge(check, seen);
    wait_for_granted(check, seen, now_us);
    if (check->verdict.status != STATUS_HEALTHY && check_may_ask_again(check, now_us))
        check_conclude(check, now_us);
    else
        check->step = OPEN_MORE;
    return true;
}

static const struct link_facts *interface_at(const struct check *check, enum vantage at)
{
    return check->options->no_path && at != AT_TAP ? NULL : target_interface_at(check->target, at);
}

/* Goes on with the probes that could say more, where they need to be; or keeps the verdict. */
static bool open_more(struct check *check, struct check_need *need, uint64_t now_us)
{
    unsigned wanted = session_wanted_vantages(check->session, &check->verdict) & ~check->tried;

    for (enum vantage at = AT_TAP; at < VANTAGE_COUNT; at++)
        if ((wanted & VANTAGE_BIT(at)) && interface_at(check, at) != NULL)
            return needs_vantage(need, at, interface_at(check, at));
    if (session_diagnose(check->session, &check->verdict, now_us))
        check->step = ASK_GUEST;
    else
        check_conclude(check, now_us);
    return true;
}

static void start_session(struct check *check, uint64_t now_us)
{
    check->session =
        session_start(&(struct session_setup){.means = &check->means,
                                              .options = check->options,
                                              .facts = check->facts,
                                              .target = check->target,
                                              .vantages = check->vantages,
                                              .earlier = &check->earlier,
                                              .patience_until_us = check_patience(check, now_us)},
                      now_us);
    check->quiet_until_us = check->patience_until_us == 0 ? now_us + QUIET_US : 0; /* -w: it may boot yet */
    check->step = ASK_GUEST;
}

/* Who else has the guest's addresses is asked there with the first probes, and whether the host's own stack
 * reaches it. */
static bool open_path(struct check *check, struct check_need *need, uint64_t now_us)
{
    for (enum vantage at = AT_BRIDGE; at < VANTAGE_COUNT; at++)
        if (!(check->tried & VANTAGE_BIT(at)) && interface_at(check, at) != NULL)
            return needs_vantage(need, at, interface_at(check, at));
    start_session(check, now_us);
    return true;
}

static bool take_step(struct check *check, struct check_need *need, uint64_t now_us)
{
    switch (check->step) {
    case READ_FACTS:
        return needs(need, CHECK_WANTS_FACTS, check->lost_us);
    case OPEN_TAP:
        return needs_vantage(need, AT_TAP, check->target->link);
    case MEET_VM: /* its start-up may tell addresses; but seldom enough not to wait for it */
        return needs_vm(check, need, check->target->given_count == 0 ? VM_IF_KNOWN : VM_LATER);
    case OPEN_PATH:
        return open_path(check, need, now_us);
    case ASK_GUEST:
        return ask_guest(check, need, now_us);
    case LOOK_WHY:
        return needs_vm(check, need, VM_IF_KNOWN);
    case ASK_WHY:
        *need = (struct check_need){.kind = CHECK_WANTS_QEMU, .haste = VM_IF_KNOWN};
        return false;
    case COUNT_LOSSES:
        return needs(need, CHECK_WANTS_LOSSES, now_us);
    case KNOW_VM:
        return needs_vm(check, need, VM_NOW);
    case GLANCE:
        return glance(check, need, now_us);
    case JUDGE:
        return judge_session(check, now_us);
    case OPEN_MORE:
        return open_more(check, need, now_us);
    case PAUSE:
        if (now_us < check->pause_until_us)
            return needs(need, CHECK_WAITS, check->pause_until_us);
        check->step = READ_FACTS;
        return true;
    case ASK_QEMU:
        return needs(need, CHECK_WANTS_QEMU, now_us);
    case FAIL:
        return needs(need, CHECK_FAILED, now_us);
    case END:
        break;
    }
    return needs(need, CHECK_DONE, now_us);
}

struct check_need check_next(struct check *check, uint64_t now_us)
{
    struct check_need need;

    while (take_step(check, &need, now_us))
        ;
    return need;
}
