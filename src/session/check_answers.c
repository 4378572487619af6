/* What a check takes: answers to what it wanted, and what happens meanwhile. */
#include "check_inside.h"
#include "dhcp_exchange.h"
#include "vm.h"

#include <stdlib.h>
#include <string.h>

enum { SETTLED_US = 2000000 /* the kernel takes a second at most, if it is not busy */ };

/* Whoever is behind the interface now came since the VMs were looked at. */
static void forget_vm(struct check *check, uint64_t now_us)
{
    check->absent = check->vm_known = false;
    check->vm_not_before_us = now_us;
}

/* Whoever named the interface by an alternative name gets to read the name that all else calls it by. */
static void take_real_name(struct target *target)
{
    if (target->link == NULL || strcmp(target->link->name, target->name) == 0)
        return;
    free(target->name);
    target->name = text_format("%s", target->link->name);
}

/* A VM that has just taken its tap is heard at once, but nothing passes the bridge yet. */
static bool settles(struct check *check, uint64_t now_us)
{
    if (!path_is_settling(&check->target->path)) {
        check->settled_by_us = 0;
        return false;
    }
    if (check->settled_by_us == 0)
        check->settled_by_us = now_us + SETTLED_US;
    return now_us < check->settled_by_us;
}

void check_facts(struct check *check, const struct host_facts *facts, uint64_t now_us)
{
    struct target *target = check->target;

    check->facts = facts;
    target->link = facts_link_named(facts, target->name);
    take_real_name(target);
    target->bridge = target->link != NULL ? facts_bridge_of(facts, target->link) : NULL;
    path_find(facts, target->link, &target->path);
    bool hopeless = check_is_hopeless(check);
    check->absent |= hopeless;
    if (check->session != NULL || check->interrupted || (hopeless && !check_may_retry(check, now_us))) {
        check->step = KNOW_VM;
        return;
    }
    if (hopeless || settles(check, now_us)) {
        check_pause(check, now_us);
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
    else if (check_may_retry(check, now_us))
        check_pause(check, now_us);
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
        if (check->session != NULL)
            session_vantage(check->session, at, true);
    }
}

/* What is known of the VM is something to ask that was not asked. */
static bool tells_more(const struct target *target)
{
    const struct vm *vm = target->vm.vm;

    for (size_t i = 0; vm != NULL && i < vm->address_count; i++)
        if (!target_checks(target, vm->addresses[i].address))
            return true;
    return target->has_mac && target->address_count == 0;
}

static void judge_lost(struct check *check, uint64_t now_us)
{
    const struct observations *seen = session_finish(check->session, now_us);

    check_judge(check, check_is_hopeless(check) ? NULL : seen);
    check_conclude(check, now_us);
}

/* Without a question, or between two looks (-w). The facts may be at fault, but no guest is well because
 * nobody asked it. */
static void judge_unasked(struct check *check, uint64_t now_us)
{
    check_judge(check, NULL);
    if (check->interrupted && check->verdict.status < STATUS_UNKNOWN) {
        check->verdict.status = STATUS_UNKNOWN;
        text_list_addf(&check->verdict.unknown, "interrupted before the end");
    }
    check_conclude(check, now_us);
}

/* It may be in the VM's start-up, or QEMU knows. */
static void look_why(struct check *check, bool known, uint64_t now_us)
{
    if (!known)
        check->step = ASK_GUEST;
    else if (!check_knows_why(check, now_us))
        check->step = check_has_qemu(check) ? ASK_WHY : ASK_GUEST;
}

void check_vm(struct check *check, bool known, uint64_t now_us)
{
    if (check->step == LOOK_WHY) {
        look_why(check, known, now_us);
        return;
    }
    bool late = known && !check->vm_known && check->target->given_count == 0;

    check->vm_known |= known;
    if (check->step == MEET_VM) {
        check->vantages = check->tried = 0;
        check->step = OPEN_PATH;
    } else if (check->session == NULL) {
        judge_unasked(check, now_us);
    } else if (!check->has_tap) {
        judge_lost(check, now_us);
    } else if (late && !check->interrupted && tells_more(check->target)) {
        check_end_session(check, now_us);
        check->step = READ_FACTS;
    } else {
        check->step = GLANCE;
    }
}

void check_losses(struct check *check, const struct check_losses *losses, uint64_t now_us)
{
    if (losses->captured > 0)
        session_trouble(check->session, TROUBLE_CAPTURE_LOST, losses->captured, 0, now_us);
    if (losses->passed_over > 0)
        session_trouble(check->session, TROUBLE_FLOOD, losses->passed_over, 0, now_us);
    if (losses->replies > 0)
        session_trouble(check->session, TROUBLE_REPLIES_LOST, losses->replies, 0, now_us);
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
    if (check->step == ASK_WHY) {
        if (why_not != NULL || !check_knows_why(check, now_us))
            check->step = ASK_GUEST;
        return;
    }
    if (why_not == NULL)
        check_judge(check, session_finish(check->session, now_us));
    else
        text_list_addf(&check->verdict.notes, "QEMU was not asked how it is: %s", why_not);
    check_end_session(check, now_us);
    check->step = END;
}

/* ---- what happens meanwhile ---- */

/* Between two sessions only what takes longer than one of them is listened to. */
static void overhear(struct check *check, const struct arrival *arrival)
{
    size_t known = check->earlier.count;
    struct frame frame;

    if (arrival->at != AT_TAP || wire_decode_arrival(arrival, &frame) != WIRE_OK)
        return;
    dhcp_observe(&check->earlier, &frame);
    observations_number(&check->earlier, known, &frame);
}

static uint64_t due_of(const struct session *session, uint64_t now_us)
{
    return session_done(session) || session_wants_glance(session) ? now_us : session_due(session);
}

uint64_t check_frame(struct check *check, const struct arrival *arrival, uint64_t now_us)
{
    struct session *session = check->session;

    if (session == NULL)
        overhear(check, arrival);
    else
        session_frame(session, arrival, now_us);
    if (check->step != ASK_GUEST)
        return check->step == PAUSE ? check->pause_until_us : now_us;
    return due_of(session, now_us);
}

uint64_t check_told(struct check *check, const struct trace_answer *answer, uint64_t now_us)
{
    if (check->step != ASK_GUEST)
        return now_us;
    session_told(check->session, answer, now_us);
    return due_of(check->session, now_us);
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
    check->earlier.count = 0;
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
        text_list_addf(&check->verdict.unknown, "not checked: interrupted");
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
