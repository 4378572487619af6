/* Asking libvirt, by the driver that it has for tests: it needs no daemon. */
#include "libvirt_domain.h"

#include "unit.h"

#ifdef HAVE_LIBVIRT

static const char node[] =
    "<node><domain type='test'><name>web1</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>"
    "<memory>8192</memory><os><type>hvm</type></os><devices><interface type='ethernet'>"
    "<mac address='52:54:00:12:04:11'/><target dev='tap0'/><link "
    "state='down'/></interface></devices></domain>"
    "</node>";
static char path[] = "/tmp/vmnetcheck-node.XXXXXX";

static int make_node(void **state)
{
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    (void)state;
    if (file == NULL || fputs(node, file) < 0)
        return -1;
    return fclose(file);
}

static int remove_node(void **state)
{
    (void)state;
    return remove(path);
}

static void assert_reason(const char *uri, const char *name, const char *expected)
{
    char *reason = NULL;

    assert_null(libvirt_describe(uri, name, &reason));
    assert_non_null(reason);
    if (strstr(reason, expected) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", expected, reason);
    free(reason);
}

static void test_domain(void **state)
{
    static const char *const names[] = {"web1", "c7a5fdbd-edaf-9455-926a-d65c16db1809"};
    char *uri = text_format("test://%s", path);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *reason = NULL;
        char *xml = libvirt_describe(uri, names[i], &reason);
        if (xml == NULL && strstr(reason, "libvirt.so") != NULL) {
            free(reason);
            free(uri);
            skip(); /* only its headers are here */
        }
        assert_non_null(xml);
        assert_null(reason);
        struct vm *vm = libvirt_domain_parse(xml, &reason);
        free(xml);
        assert_non_null(vm);
        assert_string_equal(vm->name, "web1");
        assert_int_equal(vm->nic_count, 1);
        assert_true(vm->nics[0].link_down);
        assert_string_equal(vm->backends[0].ifname, "tap0");
        vm_free(vm);
    }
    assert_reason(uri, "web2", "does not know the name");
    free(uri);
}

static void test_nobody_there(void **state)
{
    (void)state;
    assert_reason("qemu+unix:///system?socket=/no/such/socket", "web1", "/no/such/socket");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_domain), cmocka_unit_test(test_nobody_there)};
    return cmocka_run_group_tests(tests, make_node, remove_node);
}

#else

int main(void)
{
    char *reason = NULL;
    int status = libvirt_describe(LIBVIRT_SYSTEM, "web1", &reason) == NULL && reason != NULL ? 0 : 1;

    free(reason);
    return status;
}

#endif
