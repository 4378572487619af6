/* What --debug and failing tests print of an observation. */
#include "observation.h"

#include "frames.h"

#include <errno.h>

struct text_case {
    struct observation seen;
    const char *text;
};

#define ABOUT .address = {IP_V4, {10, 9, 0, 2}}, .mac = {{0x52, 0x54, 0, 0x12, 4, 0x11}}
#define SENDER                                                                                               \
    {                                                                                                        \
        IP_V4,                                                                                               \
        {                                                                                                    \
            10, 9, 0, 1                                                                                      \
        }                                                                                                    \
    }

static const struct text_case CASES[] = {
    {{.kind = OBSERVED_CLAIM, ABOUT}, "claim at tap 10.9.0.2 52:54:00:12:04:11"},
    {{.kind = OBSERVED_CLAIM, .at = AT_BRIDGE, ABOUT}, "claim at bridge 10.9.0.2 52:54:00:12:04:11"},
    {{.kind = OBSERVED_CHECK,
      ABOUT,
      .check = {.probe = PROBE_ICMP, .sent = 3, .received = 2, .concluded = true, .source = SENDER}},
     "check at tap 10.9.0.2 52:54:00:12:04:11: icmp: 2 of 3 answered, 0 duplicates, from 10.9.0.1"},
    {{.kind = OBSERVED_CHECK,
      ABOUT,
      .check = {.probe = PROBE_ARP, .no_mac = true, .no_source = true, .send_failures = 1}},
     "check at tap 10.9.0.2 52:54:00:12:04:11: arp: 0 of 0 answered, 0 duplicates, not concluded, no MAC to "
     "ask, no source, "
     "some could not be sent, from none"},
    {{.kind = OBSERVED_REPLY,
      ABOUT,
      .reply = {.probe = PROBE_ICMP,
                .sequence = 2,
                .copy = 1,
                .rtt_us = 241,
                .ttl = 64,
                .has_ip_id = true,
                .ip_id = 7121}},
     "reply at tap 10.9.0.2 52:54:00:12:04:11: to icmp 2, copy 1, after 0.241 ms, ttl 64, id 7121"},
    {{.kind = OBSERVED_QUESTION, ABOUT, .asker = SENDER},
     "question at tap 10.9.0.2 52:54:00:12:04:11: asked by 10.9.0.1"},
    {{.kind = OBSERVED_ICMP_ERROR, ABOUT, .error = {.type = 3, .code = 13, .sender = SENDER}},
     "icmp-error at tap 10.9.0.2 52:54:00:12:04:11: type 3 code 13 from 10.9.0.1"},
    {{.kind = OBSERVED_RETURN, .returned = {.frames = 2, .returns = 5, .most = 3, .host_most = 1}},
     "return at tap: 2 of our frames, 5 times in all, one of them 3 times, one of the host's 1 times"},
    {{.kind = OBSERVED_TAG, ABOUT}, "tag at tap 10.9.0.2 52:54:00:12:04:11: none"},
    {{.kind = OBSERVED_TAG, ABOUT, .tag = {.tpid = 0x8100, .vid = 7}},
     "tag at tap 10.9.0.2 52:54:00:12:04:11: 0x8100 vid 7"},
    {{.kind = OBSERVED_TAG, ABOUT, .tag = {.tpid = 0x88a8, .vid = 7}, .inner = {.tpid = 0x8100, .vid = 9}},
     "tag at tap 10.9.0.2 52:54:00:12:04:11: 0x88a8 vid 7, 0x8100 vid 9"},
    {{.kind = OBSERVED_LEARNED, .port = 4}, "learned at tap: on ifindex 4"},
    {{.kind = OBSERVED_BROADCASTS, .broadcasts = {.count = 9, .during_us = 500000, .repeated = 1}},
     "broadcasts at tap: 9 in 0.500 s, 1 repeated"},
    {{.kind = OBSERVED_SOURCE, ABOUT, .source = SOURCE_BORROWED},
     "source at tap 10.9.0.2 52:54:00:12:04:11: borrowed"},
    {{.kind = OBSERVED_SEARCH, .search = {.means = SEARCH_NEIGHBOURS, .asked = 2}},
     "search at tap: neighbour tables: 2 asked"},
    {{.kind = OBSERVED_SEARCH,
      .search =
          {.means = SEARCH_SWEEP, .asked = 250, .subnet = SENDER, .prefix_length = 24, .answers_all = true}},
     "search at tap: sweep of 10.9.0.1/24: 250 asked, one answers for all"},
    {{.kind = OBSERVED_RESOLVE,
      .at = AT_BRIDGE,
      .resolve = {.heard = 7,
                  .sent = 3,
                  .by_host = {.times = 1, .questions = 3, .answers = 1},
                  .by_guest = {.times = 2, .questions = 1}}},
     "resolve at bridge: the host asked 1 times, and we 3 in its name, question at 0x3, answer at 0x1; the "
     "guest 2, question at 0x1, answer at 0, of 0x7, not concluded"},
    {{.kind = OBSERVED_MTU,
      ABOUT,
      .mtu = {.of = {[MTU_ECHO] =
                         {.small = 46, .large = 1500, .small_sent = 3, .small_answered = 3, .large_sent = 3}},
              .searched = MTU_ECHO,
              .tails = 3,
              .passes = 1400,
              .concluded = true}},
     "mtu at tap 10.9.0.2 52:54:00:12:04:11: echo: 0 of 3 answered of 1500 bytes, 3 of 3 of 46; large ones "
     "of "
     "the host: request at 0, reply at 0 of 0; 3 answers to split ones without their first fragment; echo: "
     "the "
     "largest that is answered has 1400 bytes"},
    {{.kind = OBSERVED_PROXY, ABOUT}, "proxy at tap 10.9.0.2 52:54:00:12:04:11"},
    {{.kind = OBSERVED_TROUBLE, .trouble = {.kind = TROUBLE_CAPTURE_LOST, .count = 17}},
     "trouble at tap: capture lost frames (17)"},
    {{.kind = OBSERVED_TROUBLE, .trouble = {.kind = TROUBLE_LINK_LOST, .error = ENETDOWN}},
     "trouble at tap: interface lost (0): Network is down"},
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char *text = observation_text(&CASES[i].seen);
        assert_string_equal(text, CASES[i].text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
