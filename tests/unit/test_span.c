/* Bounds of a span. */
#include "span.h"

#include "unit.h"

static void test_reads(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0xff, 0x09, 0x0a};
    struct span span = span_of(bytes, sizeof bytes);
    uint8_t copied[2];

    assert_int_equal(span_u8(&span), 0x01);
    assert_int_equal(span_be16(&span), 0x8203);
    assert_int_equal(span_be32(&span), 0x840586ff);
    span_copy(&span, copied, 2);
    assert_memory_equal(copied, "\x09\x0a", 2);
    assert_true(span_ok(&span));
    assert_int_equal(span.length, 0);
    span_skip(&span, 0);
    assert_true(span_ok(&span));
    span_skip(&span, 1);
    assert_false(span_ok(&span));
}

static void test_error_sticks(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3};
    struct span span = span_of(bytes, sizeof bytes);
    uint8_t copied[2] = {9, 9};

    assert_int_equal(span_be32(&span), 0);
    assert_false(span_ok(&span));
    assert_int_equal(span_u8(&span), 0); /* though there were three bytes */
    assert_int_equal(span_be16(&span), 0);
    span_copy(&span, copied, 2);
    assert_memory_equal(copied, "\0\0", 2);
    assert_int_equal(span.length, 0);
}

static void test_take(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4};
    struct span span = span_of(bytes, sizeof bytes);
    struct span first = span_take(&span, 3);

    assert_int_equal(span_be16(&first), 0x0102);
    assert_int_equal(span_be16(&first), 0); /* its end is not that of the whole */
    assert_false(span_ok(&first));
    assert_true(span_ok(&span));
    assert_int_equal(span_u8(&span), 4);

    struct span missing = span_take(&span, 1);
    assert_false(span_ok(&missing));
    assert_int_equal(span_u8(&missing), 0);
}

static void test_huge_lengths(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4};
    struct span span = span_of(bytes, sizeof bytes), empty = span_of(NULL, 0);

    span_skip(&span, 1);
    struct span taken = span_take(&span, SIZE_MAX);
    assert_false(span_ok(&taken));
    assert_false(span_ok(&span));
    assert_int_equal(span_u8(&empty), 0);
    assert_false(span_ok(&empty));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_error_sticks),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_huge_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
