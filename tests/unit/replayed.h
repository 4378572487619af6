/* Two frames, and what replay makes of files with them. */
#ifndef VMNETCHECK_REPLAYED_H
#define VMNETCHECK_REPLAYED_H

#include "recorder.h"
#include "replay.h"

static inline struct writer an_arp_request(void)
{
    struct writer w = {0};

    put_mac(&w, "ff:ff:ff:ff:ff:ff");
    put_mac(&w, HOST_MAC);
    put_be16(&w, 0x0806);
    put_be16(&w, 1);
    put_be16(&w, 0x0800);
    put_be16(&w, 0x0604);
    put_be16(&w, ARP_REQUEST);
    put_mac(&w, HOST_MAC);
    put_ip(&w, HOST_4);
    put_zeros(&w, 6);
    put_ip(&w, GUEST_4);
    return w;
}

static inline struct writer an_arp_reply(void)
{
    struct writer w = an_arp_request();

    memcpy(w.bytes, mac(HOST_MAC).bytes, 6);
    memcpy(w.bytes + 6, mac(GUEST_MAC).bytes, 6);
    w.bytes[21] = ARP_REPLY;
    memcpy(w.bytes + 22, mac(GUEST_MAC).bytes, 6);
    memcpy(w.bytes + 28, ip(GUEST_4).bytes, 4);
    memcpy(w.bytes + 32, mac(HOST_MAC).bytes, 6);
    memcpy(w.bytes + 38, ip(HOST_4).bytes, 4);
    return w;
}

/* The first bytes of it as a file. */
static inline struct replay *open_file(struct recorder *file, size_t length)
{
    struct replay *replay = NULL;
    char *error = NULL;

    if (!replay_open(fmemopen(file->bytes, length, "r"), -1, &replay, &error))
        fail_msg("%s", error);
    return replay;
}

static inline void assert_end(struct replay *replay, const char *expected_error)
{
    struct recorded_frame frame;
    char *error;

    assert_false(replay_next(replay, &frame, &error));
    if (expected_error == NULL)
        assert_null(error);
    else if (error == NULL || strstr(error, expected_error) == NULL)
        fail_msg("expected \"%s\", saw \"%s\"", expected_error, error);
    free(error);
}

static inline struct recorded_frame assert_frame(struct replay *replay, uint32_t interface)
{
    struct recorded_frame frame;
    char *error;

    assert_true(replay_next(replay, &frame, &error));
    assert_int_equal(frame.interface, interface);
    assert_int_equal(frame.bytes.length, an_arp_request().length);
    return frame;
}

#endif
