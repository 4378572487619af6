/* Many VMs at once: who is compared with whom, whose word counts against whom, and that it costs no more than
 * there is to say. */
#include "vm_index.h"
#include "vms.h"

#include "script.h"

#include <time.h>

#include "unit.h"

#include "lint_case.h"

static struct vm *add_process(struct vm_list *list, pid_t pid, uid_t uid, const char *line)
{
    script_parse(line, strlen(line), list);
    struct vm *vm = list->items[list->count - 1];
    vm->pid = pid;
    vm->uid = uid;
    return vm;
}

static size_t nics_of(const struct vm_index *index, const char *mac)
{
    struct mac_addr parsed;
    size_t count;

    assert_true(mac_parse(mac, &parsed));
    vm_index_nics(index, parsed, &count);
    return count;
}

static void test_index(void **state)
{
    struct vm_list list = {0};
    size_t count;

    (void)state;
    add_process(&list, 1, 0,
                "qemu -nic tap,ifname=tap0,mac=52:54:00:00:00:01 -nic user,mac=52:54:00:00:00:02");
    add_process(&list, 2, 0, "qemu -nic tap,ifname=tap0,mac=52:54:00:00:00:01 -nic tap,ifname=tap%d");
    struct vm_index *index = vm_index_of(&list, list.count);
    assert_int_equal(nics_of(index, "52:54:00:00:00:01"), 2);
    assert_int_equal(nics_of(index, "52:54:00:00:00:02"), 0); /* ends inside of QEMU */
    assert_int_equal(nics_of(index, "52:54:00:00:00:03"), 0);
    const struct vm_place *taps = vm_index_taps(index, "tap0", &count);
    assert_int_equal(count, 2);
    assert_ptr_equal(taps[0].vm, list.items[0]);
    assert_ptr_equal(taps[1].vm, list.items[1]);
    vm_index_taps(index, "tap%d", &count);
    assert_int_equal(count, 0);
    assert_int_equal(vm_index_connections(index, list.items[1])->segment_count, 2);
    vm_index_free(index);
    vm_list_free(&list);
}

/* What lint says of web1, where another process says that it has the same MAC and the same tap. */
static void assert_beside(uid_t uid, bool here, const char *expected, const char *said)
{
    struct vm_list list = {0};
    char *summary, *words;

    add_process(&list, 1, 500, "qemu -name web1 -nic tap,ifname=tap0,mac=52:54:00:00:00:01,script=no")
        ->backends[0]
        .here = true;
    add_process(&list, 2, uid, "qemu -name web2 -nic tap,ifname=tap0,mac=52:54:00:00:00:01,script=no")
        ->backends[0]
        .here = here;
    struct vm_list web1 = {.items = list.items, .count = 1};
    struct vm_index *index = vm_index_of(&list, list.count);
    lint_in(&web1, index, NULL, &summary, &words);
    assert_string_equal(summary, expected);
    assert_words(words, said);
    free(summary);
    free(words);
    vm_index_free(index);
    vm_list_free(&list);
}

static void test_whose_word_counts(void **state)
{
    (void)state;
    assert_beside(600, true, "4 tap-shared duplicate-mac", NULL); /* it holds that tap, whoever it is */
    assert_beside(500, false, "4 tap-shared duplicate-mac", NULL);
    assert_beside(0, false, "4 tap-shared duplicate-mac", NULL);
    assert_beside(600, false, "0", "note: a QEMU of user 600 (process 2) says that it has 52:54:00:00:00:01");
}

/* ---- many ---- */

static void add_many(struct vm_list *list, int count, int cards)
{
    for (int i = 0; i < count; i++) {
        struct text_list words = {0};
        text_list_addf(&words, "qemu");
        for (int n = 0; n < cards; n++)
            text_list_addf(&words, "-nic tap,ifname=tap%d,mac=52:54:00:00:00:01,script=no", n);
        char *line = text_list_join(&words);
        for (char *c = line; *c != '\0'; c++) /* ", -nic" */
            if (*c == ',' && c[1] == ' ')
                *c = ' ';
        add_process(list, i + 1, 0, line);
        free(line);
    }
}

static size_t findings_of(const struct vm_index *index)
{
    static const struct check_options options;
    size_t count = 0;

    for (size_t i = 0; i < index->vm_count; i++) {
        struct target target = {0};
        struct verdict verdict;
        target_vm_set(&target.vm, index->vms[i], index);
        verdict_evaluate(
            &(struct verdict_input){.target = &target, .options = &options, .scope = SCOPE_START_UP},
            &verdict);
        count += verdict.finding_count;
        verdict_free(&verdict);
        target_vm_clear(&target.vm);
    }
    return count;
}

static double seconds_for(int count, int cards)
{
    struct vm_list list = {0};
    struct timespec start, end;

    add_many(&list, count, cards);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    struct vm_index *index = vm_index_of(&list, list.count);
    assert_true(findings_of(index) >= (size_t)count);
    vm_index_free(index);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    vm_list_free(&list);
    return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

static double best_of_three(int count, int cards)
{
    double best = seconds_for(count, cards);

    for (int i = 1; i < 3; i++) {
        double again = seconds_for(count, cards);
        best = again < best ? again : best;
    }
    return best;
}

/* Four times as many take some four times as long, not sixteen times: of VMs, and of cards in each. */
static void test_growth(void **state)
{
    (void)state;
    assert_true(best_of_three(120, 16) < 9 * best_of_three(30, 16));
    assert_true(best_of_three(8, 400) < 9 * best_of_three(8, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_whose_word_counts),
        cmocka_unit_test(test_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
