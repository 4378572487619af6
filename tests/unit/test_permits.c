/* To which interfaces a worker may send. */
#include "permits.h"

#include "unit.h"

#include <linux/if_packet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct permits *permits;

static int set_up(void **state)
{
    (void)state;
    int error = permits_new(SIZE_MAX, &permits);
    if (error == 0)
        permits_forbid(permits);
    return error;
}

static int tear_down(void **state)
{
    (void)state;
    permits_free(permits);
    return 0;
}

static void test_added(void **state)
{
    (void)state;
    assert_null(permits_find(permits, 7));
    assert_true(permits_add(permits, 7));
    assert_true(permits_add(permits, 7)); /* once */
    const struct sockaddr_ll *address = permits_find(permits, 7);
    assert_non_null(address);
    assert_int_equal(address->sll_family, AF_PACKET);
    assert_int_equal(address->sll_ifindex, 7);
    assert_null(permits_find(permits, 8));
}

/* Indexes that are the same but for what the table's size is a multiple of. */
static void test_same_place(void **state)
{
    const int apart = PERMITS_SIZE / PERMIT_SIZE;
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(permits_add(permits, 5 + i * apart));
    for (int i = 0; i < 3; i++) {
        const struct sockaddr_ll *address = permits_find(permits, 5 + i * apart);
        assert_non_null(address);
        assert_int_equal(address->sll_ifindex, 5 + i * apart);
    }
    assert_null(permits_find(permits, 5 + 3 * apart));
}

static void test_no_index(void **state)
{
    (void)state;
    assert_false(permits_add(permits, 0));
    assert_false(permits_add(permits, -1));
    assert_null(permits_find(permits, 0));
    assert_null(permits_find(permits, -1));
}

/* Half of it stays free, or who is not there would be looked for all through it. */
static void test_no_room(void **state)
{
    const int room = PERMITS_SIZE / PERMIT_SIZE / 2;
    (void)state;
    for (int i = 1; i <= room; i++)
        assert_true(permits_add(permits, i));
    assert_false(permits_add(permits, room + 1));
    assert_true(permits_add(permits, room));
}

static void test_little_room(void **state)
{
    (void)state;
    permits_free(permits);
    assert_int_equal(permits_new(12, &permits), 0);
    permits_forbid(permits);
    for (int i = 1; i <= 12; i++)
        assert_true(permits_add(permits, 100000 * i));
    for (int i = 1; i <= 12; i++)
        assert_non_null(permits_find(permits, 100000 * i));
    for (int i = 1; i <= 4096; i++) /* it ends */
        (void)permits_add(permits, i);
    assert_null(permits_find(permits, 4096));
}

/* An address of no family would be the host itself to a raw socket. */
static void test_forbidden(void **state)
{
    (void)state;
    assert_true(permits_add(permits, 7));
    const char *seven = permits_find(permits, 7);
    for (int i = 1; i <= 64; i++)
        assert_int_equal(((const struct sockaddr_ll *)(seven + i * PERMIT_SIZE))->sll_family, AF_PACKET);
}

/* In the worker: exit status 0 if what was permitted before and after is there; then it tries to permit
 * something itself. */
static _Noreturn void be_worker(int told)
{
    char byte;
    if (permits_confine(permits) != 0 ||
        permits_find(permits, 7) != (void *)(PERMITS_PLACE + 7 * PERMIT_SIZE) || read(told, &byte, 1) != 1 ||
        permits_find(permits, 8) == NULL)
        _exit(1);
    signal(SIGSEGV, SIG_DFL);
    (void)permits_add(permits, 9);
    _exit(2);
}

static void test_worker(void **state)
{
    int pipe_ends[2], worker_state;
    (void)state;
    assert_true(permits_add(permits, 7));
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t worker = fork();
    if (worker == 0)
        be_worker(pipe_ends[0]);
    assert_true(permits_add(permits, 8));
    assert_int_equal(write(pipe_ends[1], "", 1), 1);
    assert_int_equal(waitpid(worker, &worker_state, 0), worker);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    assert_true(WIFSIGNALED(worker_state));
    assert_int_equal(WTERMSIG(worker_state), SIGSEGV);
    assert_null(permits_find(permits, 9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_added, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_index, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_little_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_forbidden, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_worker, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
