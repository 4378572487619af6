#include "ring_linux.h"

#include "unit.h"
#include "wire.h"

#include <sys/socket.h>

enum {
    FRAME_AT = 70
}; /* where the kernel puts it: TPACKET2_HDRLEN, 16 and the room for a tag, less the header */

static _Alignas(16) uint8_t slot[SLOT_SIZE];

/* An ARP request as it lies in a slot, its outer tag taken out. */
static struct tpacket2_hdr *fill(size_t length, uint32_t status)
{
    static const uint8_t frame[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12,
                                    4,    0x11, 0x08, 0x06, 0,    1,    8,    0,    6, 4};
    struct tpacket2_hdr *header = (struct tpacket2_hdr *)slot;
    struct sockaddr_ll *address = (struct sockaddr_ll *)(slot + TPACKET_ALIGN(sizeof *header));

    memset(slot, 0xee, sizeof slot);
    *header = (struct tpacket2_hdr){.tp_status = TP_STATUS_USER | status,
                                    .tp_len = (uint32_t)length,
                                    .tp_snaplen = (uint32_t)length,
                                    .tp_mac = FRAME_AT,
                                    .tp_sec = 2,
                                    .tp_nsec = 3999};
    *address =
        (struct sockaddr_ll){.sll_family = AF_PACKET, .sll_ifindex = 42, .sll_pkttype = PACKET_BROADCAST};
    memcpy(slot + FRAME_AT, frame, length < sizeof frame ? length : sizeof frame);
    return header;
}

static void test_untagged(void **state)
{
    struct captured captured;
    (void)state;

    fill(60, 0);
    assert_int_equal(ring_slot_ifindex(slot), 42);
    assert_true(ring_slot_read(slot, &captured));
    assert_int_equal(captured.ifindex, 42);
    assert_int_equal(captured.time_us, 2000003);
    assert_ptr_equal(captured.bytes.data, slot + FRAME_AT);
    assert_int_equal(captured.bytes.length, 60);
    assert_int_equal(captured.wire_length, 60);
}

static void check_tag(uint32_t status, uint16_t tpid, uint16_t control, const uint8_t expected[4])
{
    struct captured captured;
    struct tpacket2_hdr *header = fill(60, TP_STATUS_VLAN_VALID | status);
    uint8_t without[60];

    memcpy(without, slot + FRAME_AT, sizeof without);
    header->tp_vlan_tci = control;
    header->tp_vlan_tpid = tpid;
    assert_true(ring_slot_read(slot, &captured));
    assert_int_equal(captured.bytes.length, 64);
    assert_int_equal(captured.wire_length, 64);
    assert_memory_equal(captured.bytes.data, without, 12);
    assert_memory_equal(captured.bytes.data + 12, expected, 4);
    assert_memory_equal(captured.bytes.data + 16, without + 12, 48);
}

static void test_tags(void **state)
{
    (void)state;
    check_tag(TP_STATUS_VLAN_TPID_VALID, 0x8100, 217, (uint8_t[]){0x81, 0x00, 0x00, 0xd9});
    check_tag(TP_STATUS_VLAN_TPID_VALID, 0x88a8, 0xefff, (uint8_t[]){0x88, 0xa8, 0xef, 0xff});
    check_tag(TP_STATUS_VLAN_TPID_VALID, 0x8100, 0, (uint8_t[]){0x81, 0x00, 0x00, 0x00}); /* a priority tag */
    check_tag(0, 0, 3071, (uint8_t[]){0x81, 0x00, 0x0b, 0xff}); /* kernels that do not say which */
}

/* What the decoder makes of it, as of a frame that another kind of capture hands out whole. */
static void test_decoded(void **state)
{
    struct captured captured;
    struct frame frame;
    (void)state;

    struct tpacket2_hdr *header = fill(60, TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID);
    header->tp_vlan_tci = 3 << 13 | 217;
    header->tp_vlan_tpid = ETHERTYPE_8021Q;
    assert_true(ring_slot_read(slot, &captured));
    struct span bytes = captured.bytes;
    assert_int_equal(decode_ethernet(&bytes, &frame), WIRE_OK);
    assert_int_equal(frame.tag_count, 1);
    assert_int_equal(frame.tags[0].vid, 217);
    assert_int_equal(frame.tags[0].pcp, 3);
    assert_int_equal(frame.ethertype, 0x0806);
    assert_mac(frame.source, "52:54:00:12:04:11");
}

static void test_short_frames(void **state)
{
    struct captured captured;
    (void)state;

    for (size_t length = 0; length < 20; length++) {
        struct tpacket2_hdr *header = fill(length, TP_STATUS_VLAN_VALID);
        header->tp_vlan_tci = 1;
        assert_true(ring_slot_read(slot, &captured));
        assert_int_equal(captured.bytes.length, length < 12 ? length : length + 4);
    }
}

static void test_cut_off(void **state)
{
    struct captured captured;
    (void)state;

    struct tpacket2_hdr *header = fill(SNAPLEN, TP_STATUS_VLAN_VALID);
    header->tp_len = 1514;
    header->tp_vlan_tci = 1;
    assert_true(ring_slot_read(slot, &captured));
    assert_int_equal(captured.bytes.length, SNAPLEN + 4);
    assert_int_equal(captured.wire_length, 1518);
    assert_in_range((size_t)(captured.bytes.data - slot), TPACKET2_HDRLEN, SLOT_SIZE);
    assert_true(captured.bytes.data + captured.bytes.length <= slot + SLOT_SIZE);
}

static void test_refused(void **state)
{
    struct captured untouched = {.ifindex = -7}, captured = untouched;
    (void)state;

    fill(60, 0)->tp_mac = TPACKET2_HDRLEN; /* no room for a tag */
    assert_false(ring_slot_read(slot, &captured));
    fill(60, 0)->tp_mac = SLOT_SIZE - 59;
    assert_false(ring_slot_read(slot, &captured));
    fill(60, 0)->tp_snaplen = UINT32_MAX;
    assert_false(ring_slot_read(slot, &captured));
    fill(60, 0)->tp_len = 59;
    assert_false(ring_slot_read(slot, &captured));
    fill(60, 0);
    ((struct sockaddr_ll *)(slot + TPACKET_ALIGN(sizeof(struct tpacket2_hdr))))->sll_pkttype =
        PACKET_OUTGOING;
    assert_false(ring_slot_read(slot, &captured));
    assert_memory_equal(&captured, &untouched, sizeof captured);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untagged),     cmocka_unit_test(test_tags),    cmocka_unit_test(test_decoded),
        cmocka_unit_test(test_short_frames), cmocka_unit_test(test_cut_off), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
