#include "check.h"
#include "facts.h"
#include "options.h"
#include "session.h"
#include "target.h"
#include "verdict.h"

#include <stdlib.h>

enum {
    RETRY_US = 50000 /* between two looks at a target that is not healthy yet (-w): short beside a boot, long
                        beside a look */
};

/* What a check does next, or whose answer it waits for. */
enum step {
    READ_FACTS,
    OPEN_TAP,
    MEET_VM,
    ASK_GUEST,
    COUNT_LOSSES,
    KNOW_VM,
    GLANCE,
    JUDGE,
    OPEN_MORE,
    PAUSE,
    ASK_QEMU,
    FAIL,
    END,
};

struct check {
    struct check_means means;
    const struct check_options *options;
    struct target *target;
    const struct host_facts *facts; /* NULL: none yet */
    struct session *session;
    struct verdict verdict;
    enum step step;
    bool has_tap;
    int tap_ifindex; /* of the last one that there was */
    unsigned vantages,
        tried; /* besides the tap, in this session: bits VANTAGE_BIT() that are there, that were asked for */
    enum vantage wanted; /* the one that is asked for now */
    bool interrupted;
    bool absent; /* at the last look there was nothing to probe */
    bool vm_known;
    uint64_t vm_not_before_us; /* what was read of the VM before then is of another time */
    uint64_t lost_us;          /* when the interface went away; 0: it did not */
    uint64_t pause_until_us;
    uint64_t patience_until_us; /* -w: when the user has waited for long enough; 0: he does not wait */
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
    verdict_free(&check->verdict);
    free(check);
}

static void tell(const struct check *check, uint64_t now_us, const char *decision)
{
    if (check->means.tell != NULL)
        check->means.tell(check->means.context, now_us, decision);
}

/* ---- patience ---- */

static bool may_retry(const struct check *check, uint64_t now_us)
{
    return !check->interrupted && now_us < check->patience_until_us;
}

/* What probes saw is only tried again if there is time for them to wait for their answers: a check that is
 * cut short would call a guest silent that had no time to answer. */
static bool may_ask_again(const struct check *check, uint64_t now_us)
{
    return may_retry(check, now_us + check->options->timeout_us);
}

/* Until when a session may go on asking a guest that is silent: then its bridge is still to be asked who has
 * its address. */
static uint64_t session_patience(const struct check *check, uint64_t now_us)
{
    if (!may_ask_again(check, now_us))
        return 0;
    return check->patience_until_us -
           (check->target->bridge != NULL ? session_longest(AT_BRIDGE, check->options) : 0);
}

/* ---- the verdict ---- */

static struct verdict_input input_of(const struct check *check, const struct observations *seen)
{
    return (struct verdict_input){check->facts, check->target, check->options, seen,
                                  scope_of_check(check->target)};
}

static bool is_hopeless(const struct check *check)
{
    struct verdict_input input = input_of(check, NULL);
    return verdict_ends_early(&input);
}

static void judge(struct check *check, const struct observations *seen)
{
    struct verdict_input input = input_of(check, seen);

    if (check->means.judged != NULL && seen != NULL)
        check->means.judged(check->means.context, seen);
    verdict_free(&check->verdict);
    verdict_evaluate(&input, &check->verdict);
}

static bool qemu_may_know(const struct check *check)
{
    const struct vm *vm = check->target->vm.vm;

    return check->session != NULL && !check->interrupted && vm != NULL && vm->qmp_sockets.count > 0 &&
           (check->verdict.status == STATUS_FAULT || check->verdict.status == STATUS_UNKNOWN);
}

static void end_session(struct check *check)
{
    session_free(check->session);
    check->session = NULL;
}

static void take_a_pause(struct check *check, uint64_t now_us)
{
    check->step = PAUSE;
    check->pause_until_us = now_us + RETRY_US;
}

/* Keeps the verdict, or tries once more if the user waits for a better one. */
static void conclude(struct check *check, uint64_t now_us)
{
    bool again = check->session != NULL ? may_ask_again(check, now_us) : may_retry(check, now_us);

    tell(check, now_us, verdict_status_name(check->verdict.status));
    if (check->verdict.status != STATUS_HEALTHY && again) {
        end_session(check);
        take_a_pause(check, now_us);
    } else if (qemu_may_know(check)) {
        check->step = ASK_QEMU;
    } else {
        end_session(check);
        check->step = END;
    }
}

/* ---- one step each: true if another one follows at once, false with what is needed first ---- */

static bool needs(struct check_need *need, enum check_need_kind kind, uint64_t time_us)
{
    *need = (struct check_need){.kind = kind, .time_us = time_us};
    return false;
}

static bool needs_vantage(struct check *check, struct check_need *need, enum vantage at,
                          const struct link_facts *link)
{
    check->wanted = at;
    *need = (struct check_need){
        .kind = CHECK_WANTS_VANTAGE, .at = at, .ifindex = link->ifindex, .interface = link->name};
    return false;
}

static bool needs_vm(const struct check *check, struct check_need *need, enum vm_haste haste)
{
    *need = (struct check_need){.kind = CHECK_WANTS_VM, .time_us = check->vm_not_before_us, .haste = haste};
    return false;
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
    return needs(need, CHECK_WAITS, session_due(session));
}

static bool glance(struct check *check, struct check_need *need, uint64_t now_us)
{
    if (session_wants_glance(check->session))
        return needs(need, CHECK_WANTS_GLANCE, now_us);
    check->step = JUDGE;
    return true;
}

/* While the user waits, what is not healthy is looked at anew rather than diagnosed. */
static bool judge_session(struct check *check, uint64_t now_us)
{
    judge(check, session_finish(check->session, now_us));
    if (check->verdict.status != STATUS_HEALTHY && may_ask_again(check, now_us))
        conclude(check, now_us);
    else
        check->step = OPEN_MORE;
    return true;
}

static const struct link_facts *interface_at(const struct check *check, enum vantage at)
{
    return at == AT_TAP ? check->target->link : at == AT_BRIDGE ? check->target->bridge : NULL;
}

/* Goes on with the probes that could say more, where they need to be; or keeps the verdict. */
static bool open_more(struct check *check, struct check_need *need, uint64_t now_us)
{
    unsigned wanted = session_wanted_vantages(check->session, &check->verdict) & ~check->tried;

    for (enum vantage at = AT_TAP; at < VANTAGE_COUNT; at++)
        if ((wanted & VANTAGE_BIT(at)) && interface_at(check, at) != NULL)
            return needs_vantage(check, need, at, interface_at(check, at));
    if (session_diagnose(check->session, &check->verdict, now_us))
        check->step = ASK_GUEST;
    else
        conclude(check, now_us);
    return true;
}

static bool take_step(struct check *check, struct check_need *need, uint64_t now_us)
{
    switch (check->step) {
    case READ_FACTS:
        return needs(need, CHECK_WANTS_FACTS, check->lost_us);
    case OPEN_TAP:
        return needs_vantage(check, need, AT_TAP, check->target->link);
    case MEET_VM: /* its start-up may tell addresses; but seldom enough not to wait for it */
        return needs_vm(check, need, check->target->given_count == 0 ? VM_IF_KNOWN : VM_LATER);
    case ASK_GUEST:
        return ask_guest(check, need, now_us);
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

/* ---- answers ---- */

/* Whoever is behind the interface now came since the VMs were looked at. */
static void forget_vm(struct check *check, uint64_t now_us)
{
    check->absent = check->vm_known = false;
    check->vm_not_before_us = now_us;
}

void check_facts(struct check *check, const struct host_facts *facts, uint64_t now_us)
{
    struct target *target = check->target;

    check->facts = facts;
    target->link = facts_link_named(facts, target->name);
    target->bridge = target->link != NULL ? facts_bridge_of(facts, target->link) : NULL;
    bool hopeless = is_hopeless(check);
    check->absent |= hopeless;
    if (check->session != NULL || check->interrupted || (hopeless && !may_retry(check, now_us))) {
        check->step = KNOW_VM;
        return;
    }
    if (hopeless) {
        take_a_pause(check, now_us);
        return;
    }
    bool is_another = check->tap_ifindex != 0 && check->tap_ifindex != target->link->ifindex;
    if (check->absent || is_another)
        forget_vm(check, now_us);
    check->step = check->has_tap && !is_another ? MEET_VM : OPEN_TAP;
}

static void take_tap(struct check *check, int error, uint64_t now_us)
{
    check->has_tap = error == 0;
    check->tap_ifindex = check->target->link->ifindex;
    if (error == 0)
        check->step = MEET_VM;
    else if (may_retry(check, now_us))
        take_a_pause(check, now_us);
    else
        check->step = FAIL;
}

void check_vantage(struct check *check, enum vantage at, int error, uint64_t now_us)
{
    if (at == AT_TAP) {
        take_tap(check, error, now_us);
        return;
    }
    check->tried |= VANTAGE_BIT(at);
    if (error == 0) { /* otherwise nobody is asked there: what the target itself shows still holds */
        check->vantages |= VANTAGE_BIT(at);
        session_vantage(check->session, at, true);
    }
}

static void start_session(struct check *check, uint64_t now_us)
{
    check->vantages = check->tried = 0;
    check->session =
        session_start(&(struct session_setup){.means = &check->means,
                                              .options = check->options,
                                              .facts = check->facts,
                                              .target = check->target,
                                              .patience_until_us = session_patience(check, now_us)},
                      now_us);
    check->step = ASK_GUEST;
}

static bool is_checked(const struct target *target, struct ip_addr address)
{
    for (size_t i = 0; i < target->address_count; i++)
        if (ip_equal(target->addresses[i].address, address))
            return true;
    return false;
}

/* What is known of the VM is something to ask that was not asked. */
static bool tells_more(const struct target *target)
{
    const struct vm *vm = target->vm.vm;

    for (size_t i = 0; vm != NULL && i < vm->address_count; i++)
        if (!is_checked(target, vm->addresses[i].address))
            return true;
    return target->has_mac && target->address_count == 0;
}

static void judge_without_session(struct check *check, uint64_t now_us)
{
    judge(check, NULL);
    conclude(check, now_us);
}

static void judge_lost(struct check *check, uint64_t now_us)
{
    const struct observations *seen = session_finish(check->session, now_us);

    judge(check, is_hopeless(check) ? NULL : seen);
    conclude(check, now_us);
}

void check_vm(struct check *check, bool known, uint64_t now_us)
{
    bool late = known && !check->vm_known && check->target->given_count == 0;

    check->vm_known |= known;
    if (check->step == MEET_VM) {
        start_session(check, now_us);
    } else if (check->session == NULL) {
        judge_without_session(check, now_us);
    } else if (!check->has_tap) {
        judge_lost(check, now_us);
    } else if (late && !check->interrupted && tells_more(check->target)) {
        end_session(check);
        check->step = READ_FACTS;
    } else {
        check->step = GLANCE;
    }
}

void check_losses(struct check *check, uint64_t lost, uint64_t passed_over, uint64_t now_us)
{
    if (lost > 0)
        session_trouble(check->session, TROUBLE_CAPTURE_LOST, lost, 0, now_us);
    if (passed_over > 0)
        session_trouble(check->session, TROUBLE_FLOOD, passed_over, 0, now_us);
    check->step = KNOW_VM;
}

void check_glance(struct check *check, const struct host_facts *facts, uint64_t now_us)
{
    session_glance(check->session, facts, now_us);
    if (check->step == GLANCE)
        check->step = JUDGE;
}

void check_qemu(struct check *check, const char *why_not, uint64_t now_us)
{
    if (why_not == NULL)
        judge(check, session_finish(check->session, now_us));
    else
        text_list_addf(&check->verdict.notes, "QEMU was not asked how it is: %s", why_not);
    end_session(check);
    check->step = END;
}

/* ---- what happens meanwhile ---- */

uint64_t check_frame(struct check *check, enum vantage at, struct span bytes, uint32_t wire_length,
                     uint64_t time_us, uint64_t now_us)
{
    struct session *session = check->session;

    if (check->step != ASK_GUEST)
        return check->step == PAUSE ? check->pause_until_us : now_us;
    session_frame(session, at, bytes, wire_length, time_us, now_us);
    return session_done(session) || session_wants_glance(session) ? now_us : session_due(session);
}

void check_lost_vantage(struct check *check, enum vantage at, int error, uint64_t now_us)
{
    if (at != AT_TAP) {
        check->vantages &= ~VANTAGE_BIT(at);
        if (check->session != NULL)
            session_vantage(check->session, at, false);
        return;
    }
    check->lost_us = now_us;
    check->has_tap = false;
    if (check->step == ASK_GUEST)
        session_trouble(check->session, TROUBLE_LINK_LOST, 0, error, now_us);
}

void check_interrupt(struct check *check, uint64_t now_us)
{
    check->interrupted = true;
    if (check->step == ASK_GUEST) {
        session_trouble(check->session, TROUBLE_INTERRUPTED, 0, 0, now_us);
    } else if (check->facts == NULL) {
        check->verdict.status = STATUS_UNKNOWN;
        text_list_addf(&check->verdict.unknown, "not checked");
        check->step = END;
    } else if (check->session == NULL && check->step != END && check->step != FAIL) {
        check->step = KNOW_VM;
    }
}

bool check_asks(const struct check *check)
{
    return check->step == ASK_GUEST && session_asks(check->session);
}

void check_take_verdict(struct check *check, struct verdict *ret)
{
    *ret = check->verdict;
    check->verdict = (struct verdict){0};
}
