/* The protocol of a check: what it asks for and when, and what it makes of the answers. */
#include "check.h"

#include "fake_session.h"
#include "qemu_args.h"
#include "vm_index.h"
#include "qmp.h"

/* Answers until the check wants this; it must be there. The need is in *ret. */
static void until(struct world *w, enum check_need_kind kind, struct check_need *ret)
{
    for (unsigned steps = 0; steps < 100000; steps++) {
        *ret = check_next(w->check, w->now_us);
        if (ret->kind == kind)
            return;
        assert_true(world_step(w));
    }
    fail_msg("it never wanted %d", (int)kind);
}

static void finish(struct world *w)
{
    while (world_step(w))
        continue;
}

static void test_same_answer_until_it_is_given(void **state)
{
    static const enum check_need_kind order[] = {CHECK_WANTS_FACTS, CHECK_WANTS_VANTAGE, CHECK_WANTS_VM,
                                                 CHECK_WAITS,       CHECK_WANTS_LOSSES,  CHECK_WANTS_VM,
                                                 CHECK_DONE};
    struct check_need need;
    struct world w;
    (void)state;

    world_tap(&w);
    give(&w, GUEST_4);
    world_start(&w);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        until(&w, order[i], &need);
        for (unsigned again = 0; again < 3; again++)
            assert_int_equal(check_next(w.check, w.now_us).kind, order[i]);
        if (order[i] != CHECK_DONE)
            assert_true(world_step(&w));
    }
    finish(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    world_end(&w);
}

/* Nothing is opened and nothing sent where the facts say that it is pointless. */
static void test_facts_alone_end_it(void **state)
{
    struct world w;
    (void)state;

    world_tap(&w);
    w.links[0].up = false;
    world_start(&w);
    for (;;) {
        assert_int_not_equal(check_next(w.check, w.now_us).kind, CHECK_WANTS_VANTAGE);
        if (!world_step(&w))
            break;
    }
    assert_outcome(&w, EXIT_HOST, "tap-down");
    assert_int_equal(w.ended_us, 0);
    assert_int_equal(w.sent_count, 0);
    world_end(&w);
}

/* -w: a tap that never comes is waited for as long as it was said, and no longer. */
static void test_tap_that_never_comes(void **state)
{
    struct world w;
    (void)state;

    world_tap(&w);
    w.facts.link_count = 0;
    w.options.wait_us = 3 * SECOND;
    world_run(&w);
    assert_outcome(&w, EXIT_HOST, "no-such-tap");
    assert_int_equal(w.ended_us, 3 * SECOND);
    world_end(&w);
}

static void comes_up(struct world *w, const struct event *event)
{
    (void)event;
    w->links[0].up = w->links[0].carrier = true;
}

/* -w: who is behind a tap is read after it came up, not before. */
static void test_vm_is_read_when_the_tap_comes_up(void **state)
{
    struct check_need need;
    struct world w;
    (void)state;

    for (unsigned late = 0; late < 2; late++) {
        world_tap(&w);
        give(&w, GUEST_4);
        w.options.wait_us = 10 * SECOND;
        if (late) {
            w.links[0].carrier = false;
            world_at(&w, WORLD_START_US + SECOND, comes_up);
        }
        world_start(&w);
        until(&w, CHECK_WANTS_VM, &need);
        assert_int_equal(need.haste, VM_LATER);
        assert_true(late ? need.time_us >= WORLD_START_US + SECOND : need.time_us == 0);
        assert_true(world_step(&w));
        until(&w, CHECK_WANTS_VM, &need);
        assert_int_equal(need.haste, VM_NOW);
        assert_true(late ? need.time_us >= WORLD_START_US + SECOND : need.time_us == 0);
        finish(&w);
        assert_outcome(&w, EXIT_HEALTHY, "");
        assert_true(w.ended_us < (late ? 1300 * MS : 300 * MS));
        world_end(&w);
    }
}

static void settles(struct world *w, const struct event *event)
{
    (void)event;
    w->links[0].port = PORT_FORWARDING;
    w->links[0].settling = false;
}

/* A tap that was taken a moment ago, and whose bridge does not know yet, is waited for; but not for ever. */
static void test_port_that_settles(void **state)
{
    struct world w;
    (void)state;

    for (unsigned never = 0; never < 2; never++) {
        world_bare_bridge(&w);
        give(&w, GUEST_4);
        w.links[0].port = PORT_DISABLED;
        w.links[0].settling = true;
        if (!never)
            world_at(&w, WORLD_START_US + SECOND, settles);
        world_run(&w);
        assert_outcome(&w, never ? EXIT_HOST : EXIT_HEALTHY, never ? "bridge-port-blocked" : "");
        assert_true(w.ended_us >= (never ? 2 : 1) * SECOND);
        world_end(&w);
    }
}

static void is_recreated(struct world *w, const struct event *event)
{
    (void)event;
    w->links[0].ifindex++;
    for (size_t i = 0; i < w->facts.address_count; i++)
        w->own[i].ifindex++;
    check_lost_vantage(w->check, AT_TAP, ENODEV, w->now_us);
}

/* A tap that is deleted and made anew during the check: its facts are read again, it is opened anew, and with
 * -w asked anew. */
static void test_tap_is_recreated(void **state)
{
    struct check_need need;
    struct world w;
    (void)state;

    for (unsigned waits = 0; waits < 2; waits++) {
        world_tap(&w);
        give(&w, GUEST_4);
        w.options.wait_us = waits ? 10 * SECOND : 0;
        w.guest.delay_us = 30 * MS;
        world_at(&w, WORLD_START_US + 5 * MS, is_recreated);
        world_start(&w);
        until(&w, CHECK_WAITS, &need);
        until(&w, CHECK_WANTS_FACTS, &need);
        assert_int_equal(need.time_us, WORLD_START_US + 5 * MS);
        if (waits) {
            until(&w, CHECK_WANTS_VANTAGE, &need);
            assert_int_equal(need.ifindex, TAP_INDEX + 1);
        }
        finish(&w);
        assert_outcome(&w, waits ? EXIT_HEALTHY : EXIT_UNKNOWN, "");
        world_end(&w);
    }
}

static void comes_back(struct world *w, const struct event *event)
{
    struct writer copy = {.length = w->sent[0].length};
    (void)event;

    assert_true(w->sent_count > 0 && copy.length <= sizeof copy.bytes);
    memcpy(copy.bytes, w->sent[0].bytes, copy.length);
    comes_in(w, w->now_us, &copy);
}

static void goes_away(struct world *w, const struct event *event)
{
    (void)event;
    w->facts.link_count = 0;
    check_lost_vantage(w->check, AT_TAP, ENODEV, w->now_us);
}

/* A guest that sends back what it gets, and then is gone with its tap. */
static void test_tap_goes_away_after_a_frame_came_back(void **state)
{
    struct world w;
    (void)state;

    world_tap(&w);
    give(&w, GUEST_4);
    world_at(&w, WORLD_START_US + 5 * MS, comes_back);
    world_at(&w, WORLD_START_US + 20 * MS, goes_away);
    world_run(&w);
    assert_outcome(&w, EXIT_HOST, "no-such-tap");
    world_end(&w);
}

/* Whether the bridge can be listened to or not: what the tap shows still holds. */
static void test_bridge_that_cannot_be_opened(void **state)
{
    struct world w;
    (void)state;

    for (unsigned fails = 0; fails < 2; fails++) {
        world_bridge(&w);
        give(&w, GUEST_4);
        w.guest.deaf = true;
        w.bridge_cannot_be_opened = fails;
        world_run(&w);
        assert_outcome(&w, EXIT_L2, "arp-no-reply");
        unsigned at_bridge = 0;
        for (size_t i = 0; i < w.sent_count; i++)
            at_bridge += w.sent[i].at == AT_BRIDGE;
        assert_true(fails ? at_bridge == 0 : at_bridge > 0);
        world_end(&w);
    }
}

/* A tap that cannot be opened ends the check, unless the user waits. */
static void test_tap_that_cannot_be_opened(void **state)
{
    struct check_need need;
    struct world w;
    (void)state;

    for (unsigned waits = 0; waits < 2; waits++) {
        world_tap(&w);
        w.options.wait_us = waits ? SECOND : 0;
        world_start(&w);
        until(&w, CHECK_WANTS_VANTAGE, &need);
        check_vantage(w.check, AT_TAP, -ENODEV, w.now_us);
        need = check_next(w.check, w.now_us);
        assert_int_equal(need.kind, waits ? CHECK_WAITS : CHECK_FAILED);
        world_end(&w);
    }
}

/* Whenever it is interrupted, before its first question, between two looks (-w) or at any time: a guest that
 * answers nothing is not healthy. */
static void test_interrupted_at_any_step(void **state)
{
    bool is_done = false;
    struct world w;
    (void)state;

    for (unsigned steps = 0; !is_done; steps++) {
        world_tap(&w);
        give(&w, GUEST_4);
        w.guest.deaf = true;
        w.options.wait_us = 3 * SECOND;
        world_start(&w);
        for (unsigned i = 0; i < steps && !is_done; i++)
            is_done = !world_step(&w);
        if (!is_done) {
            check_interrupt(w.check, w.now_us);
            finish(&w);
        }
        int status = report_verdict_status(&w.verdict);
        assert_true(status == EXIT_L2 || (status == EXIT_UNKNOWN && !is_done));
        world_end(&w);
    }
}

/* At whatever moment the user wants an end, there is one. */
static void test_interrupted_while_it_waits_for_the_tap(void **state)
{
    struct check_need need;
    struct world w;
    (void)state;

    for (unsigned steps = 0; steps < 3; steps++) {
        world_tap(&w);
        w.links[0].carrier = false;
        w.options.wait_us = 10 * SECOND;
        world_start(&w);
        for (unsigned i = 0; i < steps; i++)
            assert_true(world_step(&w));
        check_interrupt(w.check, w.now_us);
        until(&w, CHECK_DONE, &need);
        finish(&w);
        assert_outcome(&w, steps == 0 ? EXIT_UNKNOWN : EXIT_HOST, steps == 0 ? "" : "tap-unattached");
        world_end(&w);
    }
}

/* ---- why is nothing heard? ---- */

#define COMMAND(netdev)                                                                                      \
    "qemu-system-x86_64\0-qmp\0unix:/run/vm.qmp,server\0-netdev\0tap,id=n,ifname=tap0\0"                     \
    "-device\0e1000,netdev=" netdev ",mac=" GUEST_MAC "\0"

/* A guest behind tap0, and what is known of its VM. */
static void know_vm(struct world *w, struct vm *vm)
{
    world_tap(w);
    give(w, GUEST_4);
    struct vm_index *index = vm_index_new((const struct vm *const[]){vm}, 1);
    w->target.vm = (struct target_vm){.looked = true,
                                      .vm = vm,
                                      .connections = vm_index_connections(index, vm),
                                      .backend = &vm->backends[0],
                                      .others = index};
}

static void forget_vm(struct world *w)
{
    vm_index_free((struct vm_index *)(uintptr_t)w->target.vm.others);
    world_end(w);
}

/* QEMU is asked where something is wrong and it could say more, and not otherwise: soon, where nobody else
 * has to wait for it, and then what it says ends the check; or last. */
static void test_qemu_is_asked(void **state)
{
    static const char command[] = COMMAND("n");
    struct qmp_facts paused = {.running = false, .status = (char[]){"paused"}};
    struct vm *vm = qemu_cmdline_parse(command, sizeof command - 1);
    struct check_need need;
    struct world w;
    (void)state;

    assert_non_null(vm);
    for (unsigned soon = 0; soon < 2; soon++) {
        know_vm(&w, vm);
        w.guest.deaf = true;
        world_start(&w);
        until(&w, CHECK_WANTS_QEMU, &need);
        assert_int_equal(need.haste, VM_IF_KNOWN);
        if (!soon) {
            check_qemu(w.check, "others would have to wait", w.now_us);
            until(&w, CHECK_WANTS_QEMU, &need);
            assert_int_equal(need.haste, VM_LATER);
        }
        w.target.vm.qmp = &paused;
        check_qemu(w.check, NULL, w.now_us);
        if (soon) {
            until(&w, CHECK_WANTS_QEMU, &need); /* it is not asked twice, and nothing new comes of it */
            check_qemu(w.check, NULL, w.now_us);
        }
        finish(&w);
        assert_outcome(&w, EXIT_HOST, "vm-not-reading");
        assert_int_equal(w.verdict.unknown.count, 0);
        assert_int_equal(w.ended_us < 200 * MS, soon);
        forget_vm(&w);
    }
    know_vm(&w, vm);
    world_start(&w);
    until(&w, CHECK_DONE, &need);
    finish(&w);
    assert_outcome(&w, EXIT_HEALTHY, "");
    forget_vm(&w);
    vm_free(vm);
}

/* The start-up says it: no answer is waited for. A guest that is heard is connected, whatever it says. */
static void test_silence_is_explained_by_the_start_up(void **state)
{
    static const char command[] = COMMAND("m");
    struct vm *vm = qemu_cmdline_parse(command, sizeof command - 1);
    struct world w;
    (void)state;

    assert_non_null(vm);
    for (unsigned deaf = 0; deaf < 2; deaf++) {
        know_vm(&w, vm);
        w.guest.deaf = deaf;
        world_run(&w);
        assert_outcome(&w, deaf ? EXIT_L2 : EXIT_HEALTHY, deaf ? "nic-unconnected" : "");
        assert_true(w.ended_us < 200 * MS);
        forget_vm(&w);
    }
    know_vm(&w, vm);
    w.guest.deaf = true;
    w.options.wait_us = 2 * SECOND; /* it may be mended meanwhile */
    world_run(&w);
    assert_true(w.ended_us > SECOND);
    forget_vm(&w);
    vm_free(vm);
}

/* Others may be asked meanwhile: what it could be asked without a source, it has answered. */
static void test_guest_rests_while_a_source_is_asked_for(void **state)
{
    struct world w;
    (void)state;
    for (unsigned silent = 0; silent < 2; silent++) {
        unsigned looks = 0, asks = 0, asks_later = 0;
        world_bare(&w);
        w.guest.deaf = silent;
        give(&w, GUEST_4);
        world_start(&w);
        while (world_step(&w)) {
            uint64_t time_us = w.now_us - WORLD_START_US;
            looks += time_us > 50 * MS && time_us < 300 * MS;
            asks += time_us > 50 * MS && time_us < 300 * MS && check_asks(w.check);
            asks_later += time_us > 310 * MS && check_asks(w.check);
        }
        assert_true(looks > 0 && asks_later > 0);
        assert_int_equal(asks, silent ? looks : 0);
        world_end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guest_rests_while_a_source_is_asked_for),
        cmocka_unit_test(test_same_answer_until_it_is_given),
        cmocka_unit_test(test_facts_alone_end_it),
        cmocka_unit_test(test_tap_that_never_comes),
        cmocka_unit_test(test_vm_is_read_when_the_tap_comes_up),
        cmocka_unit_test(test_port_that_settles),
        cmocka_unit_test(test_tap_is_recreated),
        cmocka_unit_test(test_tap_goes_away_after_a_frame_came_back),
        cmocka_unit_test(test_bridge_that_cannot_be_opened),
        cmocka_unit_test(test_tap_that_cannot_be_opened),
        cmocka_unit_test(test_interrupted_at_any_step),
        cmocka_unit_test(test_interrupted_while_it_waits_for_the_tap),
        cmocka_unit_test(test_qemu_is_asked),
        cmocka_unit_test(test_silence_is_explained_by_the_start_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
