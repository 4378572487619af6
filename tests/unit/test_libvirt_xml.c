/* libvirt's domain XML, good and hostile. */
#include "libvirt_xml.h"

#include "unit.h"
#include "vm_data.h"

static struct vm_list parse(const char *text)
{
    struct vm_list list = {0};
    char *error;

    assert_true(libvirt_xml_parse(text, strlen(text), &list, &error));
    return list;
}

static void test_domain(void **state)
{
    (void)state;
    size_t size;
    char *text = read_data("libvirt-9.0.xml", &size);
    assert_true(libvirt_xml_probable(text, size));
    struct vm_list list = parse(text);
    const struct vm *vm = list.items[0];
    struct vm_connections *connections = vm_connections(vm);

    assert_string_equal(vm->name, "web1");
    assert_string_equal(vm->uuid, "5d7a3f0e-6f0c-4c6e-9b1e-2f6f0f6c1a11");
    assert_int_equal(vm->nic_count, 4);
    assert_int_equal(vm->backend_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(vm->nics[i].mac.bytes[5], 0x11 + i);
        assert_int_equal(vm->nics[i].link_down, i == 3);
        assert_int_equal(connections->nics[i].segment, connections->backends[i].segment);
        assert_true(vm->nics[i].source.line > 1);
    }
    assert_string_equal(vm->nics[0].id, "net0");
    assert_string_equal(vm->nics[0].model, "virtio");
    assert_string_equal(vm->backends[0].ifname, "vnet0");
    assert_string_equal(vm->backends[0].bridge, "br0");
    assert_string_equal(vm->backends[1].ifname, "tap5");
    assert_int_equal(vm->backends[1].queues, 2);
    assert_null(vm_script(&vm->backends[1], false));
    assert_int_equal(vm->backends[2].socket, VM_SOCKET_LISTEN);
    assert_string_equal(vm->backends[2].address, "127.0.0.1:5558");
    vm_connections_free(connections);
    vm_list_free(&list);
    free(text);
}

static void test_interfaces(void **state)
{
    (void)state;
    struct vm_list list = parse(
        "<domain><devices>\n"
        "<interface type='udp'><source address='1.2.3.4' port='5'><local address='::1' port='6'/></source>"
        "<mac address='zz'/></interface>\n"
        "<interface type='ethernet'><script path='/s'/><ip address='10.0.0.4' prefix='24'/><ip "
        "address='x'/></interface>\n"
        "<interface type='direct'><source dev='eth0' mode='bridge'/><target dev='macvtap0'/></interface>\n"
        "<interface type='hostdev'/>\n"
        "<interface/>\n"
        "</devices></domain>");
    const struct vm *vm = list.items[0];

    assert_null(vm->name);
    assert_int_equal(vm->nic_count, 5);
    assert_int_equal(vm->backend_count, 5);
    assert_int_equal(vm->nics[0].mac_origin, VM_MAC_MALFORMED);
    assert_int_equal(vm->nics[1].mac_origin, VM_MAC_UNKNOWN); /* libvirt makes one */
    assert_string_equal(vm->backends[0].address, "1.2.3.4:5");
    assert_string_equal(vm->backends[0].local_address, "::1:6");
    assert_string_equal(vm_script(&vm->backends[1], false), "/s");
    assert_int_equal(vm->address_count, 1);
    assert_int_equal(vm->addresses[0].prefix, 24);
    assert_ptr_equal(vm->addresses[0].nic, vm->nics[1].id);
    assert_int_equal(vm->addresses[0].source.line, 3);
    assert_int_equal(vm->backends[2].kind, VM_BACKEND_MACVTAP);
    assert_string_equal(vm->backends[2].ifname, "macvtap0");
    assert_int_equal(vm->backends[3].kind, VM_BACKEND_OTHER);
    assert_string_equal(vm->backends[3].type, "hostdev");
    assert_string_equal(vm->nics[2].source.text,
                        "<interface type='direct'><source dev='eth0' mode='bridge'><target dev='macvtap0'>");
    vm_list_free(&list);
}

/* Arguments handed through to QEMU are read as such. */
static void test_passthrough(void **state)
{
    (void)state;
    struct vm_list list =
        parse("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:commandline>\n"
              "<qemu:arg value='-net'/><qemu:arg value='nic,vlan=1'/>\n"
              "<qemu:arg value='-net'/><qemu:arg value='tap,vlan=4'/></qemu:commandline></domain>");
    const struct vm *vm = list.items[0];

    assert_int_equal(vm->nics[0].hub.number, 1);
    assert_int_equal(vm->nics[0].source.line, 2);
    assert_int_equal(vm->backends[0].hub.number, 4);
    assert_int_equal(vm->backends[0].source.line, 3);
    vm_list_free(&list);
}

static void test_several(void **state)
{
    (void)state;
    struct vm_list list =
        parse("<domains><domain><name>a</name></domain><domain><name>b</name></domain></domains>");

    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[1]->name, "b");
    vm_list_free(&list);
    /* one document after the other, with other things between */
    list = parse(
        "<domain><name>a</name></domain>\n\nStarting install...\n<?xml version='1.0'?>\n<volume type='x'/>"
        "<network><name>n</name></network>\n<domain>\n<name>b</name><devices>\n<interface "
        "type='user'/></devices>"
        "</domain>\n<!-- end -->\n");
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0]->line, 1);
    assert_string_equal(list.items[1]->name, "b");
    assert_int_equal(list.items[1]->line, 6);
    assert_int_equal(list.items[1]->nics[0].source.line, 8);
    vm_list_free(&list);
    list = parse("\xef\xbb\xbf<?xml version='1.0'?><!-- c --><domstatus><domain/></domstatus>");
    assert_int_equal(list.count, 1);
    vm_list_free(&list);
}

static void assert_refused(const char *text, const char *reason)
{
    struct vm_list list = {0};
    char *error = NULL;

    assert_false(libvirt_xml_parse(text, strlen(text), &list, &error));
    assert_int_equal(list.count, 0);
    assert_non_null(strstr(error, reason));
    free(error);
    vm_list_free(&list);
}

static void test_refused(void **state)
{
    (void)state;
    assert_refused("", "no <domain>");
    assert_refused("hello", "no <domain>");
    assert_refused("<!-- <domain/> -->", "no <domain>");
    assert_refused("<domain/>\n</domain>", "line 2");
    assert_refused("<domain/>\n\n<domain>\n<name>a</nam></domain>", "line 4");
    assert_refused("<domain/>\n<!DOCTYPE d><domain/>", "line 2: has a document type");
    assert_refused("<domain>\n<name>a</nam></domain>", "line 2");
    assert_refused("<network/>", "no <domain>");
    assert_refused("<network><name>n</name><domain name='example.com'/></network>", "no <domain>");
    assert_refused("<domain><name>&lol;</name></domain>", "lol");
    assert_refused("<!-- <domain> --><!doctype d><domain/>", "document type");
    assert_refused(
        "<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><domain><name>&b;</name></domain>",
        "document type");
    assert_refused("<!DOCTYPE d SYSTEM 'http://192.0.2.1/d.dtd'><domain/>", "document type");
    assert_refused("<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain><name>&x;</name></domain>",
                   "document type");
}

static void test_too_deep(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *text = memory_new(3 * DEPTH + 1, 1);

    for (size_t i = 0; i < DEPTH; i++)
        snprintf(text + 3 * i, sizeof "<a>", "<a>");
    assert_refused(text, "line");
    free(text);
}

/* libxml2 compares each attribute of a tag with each other. */
static void test_made_to_be_slow(void **state)
{
    (void)state;
    enum { COUNT = 60000 };
    char *text = memory_new(COUNT, 12), *at = text + sprintf(text, "<domain><x ");

    for (int i = 0; i < COUNT; i++)
        at += sprintf(at, "a%x='>' ", (unsigned)i);
    assert_refused(text, "too many attributes");
    free(text);

    char *large = memory_new((1 << 20) + 2, 1);
    memset(large, ' ', (1 << 20) + 1);
    large[0] = '<';
    large[1] = 'a';
    large[2] = '>';
    assert_refused(large, "larger");
    for (size_t i = 0; i < 1 << 20; i++)
        large[i] = "<a/>"[i % 4];
    assert_refused(large, "more than 4096 documents");
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domain),          cmocka_unit_test(test_interfaces),
        cmocka_unit_test(test_passthrough),     cmocka_unit_test(test_several),
        cmocka_unit_test(test_refused),         cmocka_unit_test(test_too_deep),
        cmocka_unit_test(test_made_to_be_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
