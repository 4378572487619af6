/* Where a report goes: what was not written whole is an error, whenever that happened. */
#include "cli.h"

#include <errno.h>

#include "unit.h"

struct sink {
    unsigned writes, failing; /* which of them fails, from 1; 0: none */
};

static ssize_t write_to(void *cookie, const char *bytes, size_t size)
{
    struct sink *sink = cookie;
    (void)bytes;

    if (++sink->writes != sink->failing)
        return (ssize_t)size;
    errno = EAGAIN;
    return 0; /* as fopencookie(3) wants it */
}

/* Returns what output_end() says of the last of three things that are written. */
static int end_after(struct sink *sink)
{
    struct command_line line = {.out = fopencookie(sink, "w", (cookie_io_functions_t){.write = write_to})};
    int result = 0;

    assert_non_null(line.out);
    for (unsigned i = 0; i < 3; i++) {
        (void)fputs("all of it", output_draft(&line));
        result = output_end(&line);
    }
    free(line.text);
    (void)fclose(line.out);
    return result;
}

static void test_errors_are_kept(void **state)
{
    (void)state;
    for (unsigned failing = 0; failing <= 3; failing++) {
        struct sink sink = {.failing = failing};
        int result = end_after(&sink);
        if ((result == 0) != (failing == 0) || sink.writes < 3)
            fail_msg("write %u of %u failed: %d", failing, sink.writes, result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
