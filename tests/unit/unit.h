/* What every unit test includes: cmocka with what it needs, and addresses as they are written. */
#ifndef VMNETCHECK_UNIT_H
#define VMNETCHECK_UNIT_H

#include "addr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { EXIT_SKIPPED = 77 };

static inline struct ip_addr ip(const char *text)
{
    struct ip_addr address;
    assert_true(ip_parse(text, &address));
    return address;
}

static inline struct mac_addr mac(const char *text)
{
    struct mac_addr address;
    assert_true(mac_parse(text, &address));
    return address;
}

static inline void assert_ip(struct ip_addr address, const char *expected)
{
    char buffer[IP_TEXT_SIZE];
    assert_string_equal(ip_format(address, buffer), expected);
}

static inline void assert_mac(struct mac_addr address, const char *expected)
{
    char buffer[MAC_TEXT_SIZE];
    assert_string_equal(mac_format(address, buffer), expected);
}

#endif
