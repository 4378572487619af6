/* What a file that was made to be slow costs grows with its size, not with the square of it: four times as
 * much text may not cost nine times the processor's time. Other programs on the machine do not count. */
#include "unit.h"
#include "report.h"
#include "rights.h"
#include "vm_file.h"
#include "vms.h"
#include "vm_index.h"

#include <time.h>

/* Some text that makes so many of what may cost a square. The caller frees it. */
struct shape {
    const char *name;
    const char *head, *part; /* the part comes several times: # is its number, @ two bytes of a MAC */
    const char *tail;
    size_t parts;
};

static const struct shape shapes[] = {
    /* VMs */
    {"VMs of their own", "", "qemu -nic tap,ifname=tap#,script=no,mac=52:54:00:00:@ &\n", "", 64},
    {"VMs with one MAC", "", "qemu -nic tap,ifname=tap#,script=no,mac=52:54:00:00:00:01 &\n", "", 64},
    {"VMs on one tap", "", "qemu -nic tap,ifname=tap0,script=no,mac=52:54:00:00:@ &\n", "", 64},
    {"domains of one name", "",
     "<domain><name>a</name><devices><interface type='bridge'><mac address='52:54:00:00:00:01'/>"
     "</interface></devices></domain>\n",
     "", 64},
    {"VMs on two hubs", "", "qemu -net nic,vlan=1 -net tap,vlan=2,script=no &\n", "", 64},
    /* network cards of one VM */
    {"cards on taps", "qemu", " -nic tap,ifname=tap#,script=no,mac=52:54:00:00:@", "", 16},
    {"cards on one tap", "qemu", " -nic tap,ifname=tap0,script=no,mac=52:54:00:00:@", "", 16},
    {"cards with one MAC", "qemu", " -nic bridge,br=br#,mac=52:54:00:00:00:01", "", 16},
    {"cards with scripts", "qemu", " -nic tap,ifname=tap#,script=/no/#,mac=52:54:00:00:@", "", 16},
    {"cards without a netdev", "qemu", " -device e1000,netdev=x#", "", 16},
    {"cards of one netdev", "qemu -netdev user,id=n", " -device e1000,netdev=n", "", 16},
    {"hubs", "qemu", " -net nic,vlan=# -net tap,script=no,vlan=1#", "", 16},
    {"groups and long names", "qemu", " -nic tap,script=no,ifname=abcdefghijklmnop#,mac=01:00:00:00:00:00",
     "", 16},
    /* the shell */
    {"words", "qemu", " -m #", "", 500},
    {"variables", "", "A#=#\n", "qemu -m 5\n", 500},
    {"appended text", "A=x\n", "A=\"$A -m 5\"\n", "qemu $A\n", 4000},
    {"expansions", "A=x\n", ": $A ${A:-b}\n", "qemu -m 5\n", 500},
    {"wrappers", "sudo", " -u $A", " qemu -m 5\n", 500},
    {"blocks", "", "if true; then\n", "qemu -m 5\n", 500},
    {"loops", "", "for i in 1 2; do qemu -m 5 & done\n", "", 64},
    {"scripts in words", "", "sh -c 'qemu -m 5'\n", "", 64},
    {"scripts whose first reading is long",
     "A='V=xxxxxxxx; V=$V$V$V$V; V=$V$V$V$V; V=$V$V$V$V; for i in 1 2; do :'\n",
     "A=\"$A \\$V\\$V\"; sh -c \"$A; V=1; done\"\n", "qemu -m 5\n", 64},
    {"here-documents", "", "cat <<E\nx\nE\n", "qemu -m 5\n", 500},
    {"open brackets", "qemu -m 5\n", "${A:-", "", 500},
    /* units, XML */
    {"continuation lines", "[Service]\nExecStart=/usr/bin/qemu-kvm -m 5", " \\\n -m #", "\n", 500},
    {"an environment", "[Service]\nEnvironment=", "A#=b ", "\nExecStart=/usr/bin/qemu-kvm -m 5 ${A1}\n", 250},
    {"commands", "[Service]\n", "ExecStart=/usr/bin/qemu-kvm -m 5\n", "", 64},
    {"documents", "", "<domain/>\n", "", 64},
    {"comments", "", "<!-- -->", "<domain/>", 500},
    {"elements", "<domain>", "<a b='c'/>", "</domain>", 500},
};

static char *write_part(char *at, const char *part, size_t number)
{
    for (; *part != '\0'; part++)
        if (*part == '#')
            at += sprintf(at, "%zu", number);
        else if (*part == '@')
            at += sprintf(at, "%02zx:%02zx", number >> 8, number & 255);
        else
            *at++ = *part;
    return at;
}

static char *write_shape(const struct shape *shape, size_t times, size_t *ret_size)
{
    size_t count = shape->parts * times;
    char *text =
        memory_new(strlen(shape->head) + strlen(shape->tail) + (strlen(shape->part) + 40) * count + 1, 1);
    char *at = stpcpy(text, shape->head);

    for (size_t i = 0; i < count; i++)
        at = write_part(at, shape->part, i);
    at = stpcpy(at, shape->tail);
    *ret_size = (size_t)(at - text);
    return text;
}

static void look_at(const char *text, size_t size)
{
    static const struct check_options options;
    struct vm_list list = {0};
    char *error = NULL;

    (void)vm_file_parse(text, size, &list, &error);
    struct vm_index *index = vm_index_of(&list, list.count);
    for (size_t i = 0; i < list.count; i++) {
        struct target target = {0};
        struct verdict verdict;
        target_vm_set(&target.vm, list.items[i], index);
        target_vm_look_at_scripts(&target.vm, &RIGHTS_OF_OURS);
        struct verdict_input input = {.target = &target, .options = &options, .scope = SCOPE_START_UP};
        verdict_evaluate(&input, &verdict);
        verdict_free(&verdict);
        target_vm_clear(&target.vm);
    }
    vm_index_free(index);
    vm_list_free(&list);
    free(error);
}

static double processor_time(void)
{
    struct timespec time;

    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), 0);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The least of several runs. */
static double cost(const struct shape *shape, size_t times)
{
    double least = 1e9;
    size_t size;
    char *text = write_shape(shape, times, &size);

    for (int run = 0; run < 3; run++) {
        double from = processor_time();
        look_at(text, size);
        double took = processor_time() - from;
        least = took < least ? took : least;
    }
    free(text);
    return least;
}

static void test_growth(void **state)
{
    enum { TIMES = 16 };
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* the sanitizer's own costs grow in their own way */
#endif
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        double once = cost(&shapes[i], 1), many = cost(&shapes[i], TIMES);
        if (many > 2 * TIMES * once)
            fail_msg("%s: %.2f ms, and %d times as many %.2f ms", shapes[i].name, once * 1e3, TIMES,
                     many * 1e3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_growth)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
