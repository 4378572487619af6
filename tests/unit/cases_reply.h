/* The cases of guests that answer to another MAC than asked them. */
#ifndef VMNETCHECK_CASES_REPLY_H
#define VMNETCHECK_CASES_REPLY_H

#include "cases_path.h"

/* The guest answers the host's ping to this MAC. */
static void answers_to(struct scene *s, const char *whom, unsigned replies)
{
    struct observation *seen = see_stack(s, SCENE_4, ON_HOST | ON_BRIDGE | ON_TAP, replies);

    seen->stack.asked_by = s->links[1].mac;
    seen->stack.answered_to = mac(whom);
}

static void reply_is_for_another(struct scene *s)
{
    answers_to(s, OTHER_MAC, ON_TAP);
}

static void reply_is_for_another_and_flooded(struct scene *s)
{
    answers_to(s, OTHER_MAC, ON_TAP | ON_BRIDGE);
}

/* By a router, say. */
static void reply_for_another_reaches_host(struct scene *s)
{
    answers_to(s, OTHER_MAC, ON_TAP | ON_HOST);
}

/* What is lost then is lost in the host. */
static void reply_is_for_another_interface(struct scene *s)
{
    answers_to(s, OTHER_MAC, ON_TAP);
    s->links[0].mac = mac(OTHER_MAC);
}

static void reply_for_another_is_not_waited_for(struct scene *s)
{
    reply_is_for_another(s);
    s->seen.items[s->seen.count - 1].stack.concluded = false;
}

/* The host's stack asks in vain who has the address: the guest answers that to another MAC, too. */
static void answer_who_has_it_is_for_another(struct scene *s)
{
    see_stack(s, SCENE_6, ON_HOST, 0);
    check_in(s, PROBE_ICMPV6, SCENE_6)->source = ip("fd00:9::1");
    see(s, (struct observation){.kind = OBSERVED_SOURCE,
                                .address = ip("fd00:9::1"),
                                .mac = s->links[1].mac,
                                .source = SOURCE_OURS});
    see(s, (struct observation){.kind = OBSERVED_REPLY,
                                .address = ip(SCENE_6),
                                .mac = mac(SCENE_MAC),
                                .reply = {.probe = PROBE_NDP, .sequence = 1, .destination = mac(OTHER_MAC)}});
}

static void answer_who_has_it_is_for_another_interface(struct scene *s)
{
    answer_who_has_it_is_for_another(s);
    s->links[0].mac = mac(OTHER_MAC);
}

static const struct finding_case REPLY_CASES[] = {
    {FINDING_REPLY_ELSEWHERE, reply_is_for_another, "reply-elsewhere", reply_for_another_reaches_host},
    {FINDING_REPLY_ELSEWHERE, reply_is_for_another, "reply-elsewhere", reply_for_another_is_not_waited_for},
    {FINDING_REPLY_ELSEWHERE, answer_who_has_it_is_for_another, "reply-elsewhere",
     answer_who_has_it_is_for_another_interface},
    {FINDING_REPLY_ELSEWHERE, reply_is_for_another_and_flooded, "reply-elsewhere",
     reply_is_for_another_interface},
};

#endif
