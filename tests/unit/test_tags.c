/* Tags: which ones are those that are expected, how they are told, and in which order VIDs are asked for. */
#include "fake_session.h"

static const uint16_t *tags; /* pairs of TPID and VID, up to a TPID of 0 */

/* The guest's frames get these tags. */
static void put_tags(struct world *w, struct writer *frame)
{
    struct writer tagged = {0};
    (void)w;
    put(&tagged, frame->bytes, 12);
    for (const uint16_t *tag = tags; *tag != 0; tag += 2) {
        put_be16(&tagged, tag[0]);
        put_be16(&tagged, tag[1]);
    }
    put(&tagged, frame->bytes + 12, frame->length - 12);
    *frame = tagged;
}

struct tag_case {
    uint16_t tags[5];
    int vlan;            /* -V */
    const char *summary; /* NULL: it is healthy */
};

#define ARE(tags, expected) "the guest's frames come " tags ", but are expected " expected

static const struct tag_case CASES[] = {
    {{0x8100, 0}, VLAN_AUTOMATIC, NULL},
    {{0x8100, 0}, VLAN_UNTAGGED, NULL},
    {{0x88a8, 0}, VLAN_AUTOMATIC, NULL},
    {{0x8100, 0, 0x8100, 0}, VLAN_AUTOMATIC, NULL},
    {{0x8100, 217}, VLAN_AUTOMATIC, ARE("with VID 217", "untagged")},
    {{0x8100, 217}, 218, ARE("with VID 217", "tagged with VID 218")},
    {{0x88a8, 217}, VLAN_AUTOMATIC, ARE("with VID 217 (802.1ad)", "untagged")},
    {{0x88a8, 217}, 217, ARE("with VID 217 (802.1ad)", "tagged with VID 217 (802.1Q) alone")},
    {{0x88a8, 5, 0x8100, 217}, VLAN_AUTOMATIC, ARE("with VIDs 5 (802.1ad) and 217", "untagged")},
    {{0x88a8, 5, 0x8100, 217}, 5, ARE("with VIDs 5 (802.1ad) and 217", "tagged with VID 5 (802.1Q) alone")},
    {{0x88a8, 5, 0x8100, 217},
     217,
     ARE("with VIDs 5 (802.1ad) and 217", "tagged with VID 217 (802.1Q) alone")},
    {{0x8100, 217, 0x8100, 217}, 217, ARE("with VIDs 217 and 217", "tagged with VID 217 (802.1Q) alone")},
    {{0x8100, 0, 0x8100, 217}, VLAN_AUTOMATIC, ARE("with VIDs 0 and 217", "untagged")},
};

static void test_tags(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct tag_case *row = &CASES[i];
        struct world w;
        world_tap(&w);
        give(&w, GUEST_4);
        tags = row->tags;
        w.options.vlan = row->vlan;
        w.guest.hear_vid = row->vlan > 0 ? row->vlan : VID_NONE;
        w.guest.tamper = put_tags;
        world_run(&w);
        assert_outcome(&w, row->summary == NULL ? EXIT_HEALTHY : EXIT_L2,
                       row->summary == NULL ? "" : "vlan-tag-mismatch");
        if (row->summary != NULL)
            assert_string_equal(w.verdict.findings[0].summary, row->summary);
        world_end(&w);
    }
}

/* Asked for untagged, the guest is silent. The VIDs that the bridge knows come first; each is asked for
 * once. */
static void test_order(void **state)
{
    static const uint16_t known[] = {3071, 0, 217, 3071};
    uint64_t first_us = 0, last_us = 0;
    unsigned asked[VID_MAX + 1] = {0}, count = 0;
    struct world w;

    (void)state;
    world_bridge(&w);
    give(&w, GUEST_4);
    w.guest.hear_vid = w.guest.speak_vid = 4094;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        w.fdb[w.facts.fdb_count++] =
            (struct fdb_facts){.port = TAP_INDEX, .mac = mac(GUEST_MAC), .vid = known[i]};
    w.facts.fdb = w.fdb;
    world_run(&w);
    assert_outcome(&w, EXIT_L2, "vlan-tag-mismatch");
    for (size_t i = 0; i < w.sent_count; i++) {
        const struct frame *frame = &w.sent[i].frame;
        if (frame->kind != FRAME_ARP || frame_vid(frame) == VID_NONE)
            continue;
        if (count < 2)
            assert_int_equal(frame_vid(frame), count == 0 ? 3071 : 217);
        first_us = count++ == 0 ? w.sent[i].time_us : first_us;
        last_us = w.sent[i].time_us;
        asked[frame_vid(frame)]++;
    }
    for (unsigned vid = 1; vid <= VID_MAX; vid++)
        assert_int_equal(asked[vid], 1);
    assert_true(last_us - first_us < 500 * MS);
    world_end(&w);
}

/* Who answers here, and no echo, is asked for in the VLANs that the bridge knows only; not because somebody
 * else, behind the bridge, has the address. */
static void test_who_is_here(void **state)
{
    (void)state;
    for (unsigned elsewhere = 0; elsewhere < 2; elsewhere++) {
        struct world w;
        unsigned tagged = 0;
        world_bridge(&w);
        give(&w, GUEST_4);
        w.guest.no_echo = true;
        if (elsewhere) {
            w.guest.hear_vid = w.guest.speak_vid = 4094;
            add_other(&w, GUEST_4, "52:54:00:00:99:99");
        }
        w.fdb[w.facts.fdb_count++] =
            (struct fdb_facts){.port = TAP_INDEX, .mac = mac(GUEST_MAC), .vid = 3071};
        w.facts.fdb = w.fdb;
        world_run(&w);
        for (size_t i = 0; i < w.sent_count; i++)
            tagged += w.sent[i].frame.kind == FRAME_ARP && frame_vid(&w.sent[i].frame) != VID_NONE;
        assert_int_equal(tagged, elsewhere ? VID_MAX : 1);
        world_end(&w);
    }
}

/* A guest that is deaf here, but heard in a VLAN where the address was asked for in vain, is deaf. */
static void hears_vlan_traffic(struct world *w, const struct event *event)
{
    struct writer frame = arp_frame(ARP_REQUEST, MAC_BROADCAST, mac(GUEST_MAC), 30, ip("10.30.0.2"),
                                    (struct mac_addr){{0}}, ip("10.30.0.1"));
    (void)event;
    comes_in(w, w->now_us, &frame);
}

static void test_other_vlans_prove_nothing(void **state)
{
    struct world w;

    (void)state;
    world_tap(&w);
    give(&w, GUEST_4);
    w.guest.deaf = true;
    world_at(&w, WORLD_START_US + 10 * MS, hears_vlan_traffic);
    world_run(&w);
    assert_outcome(&w, EXIT_L2, "arp-no-reply");
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_who_is_here),
        cmocka_unit_test(test_other_vlans_prove_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
