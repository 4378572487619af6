/* --xml: the taps that a domain of libvirt names, with the MAC address and the addresses of the guest at
 * each. */
#include "cli.h"
#include "libvirt_xml.h"

#include <stdlib.h>
#include <string.h>

static const struct vm_nic *nic_of(const struct vm *vm, const struct vm_backend *backend)
{
    for (size_t i = 0; i < vm->nic_count; i++)
        if (backend->id != NULL && vm->nics[i].netdev != NULL && strcmp(vm->nics[i].netdev, backend->id) == 0)
            return &vm->nics[i];
    return NULL;
}

static bool is_given(const struct target *target, struct ip_addr address)
{
    for (size_t i = 0; i < target->given_count; i++)
        if (ip_equal(target->given[i], address))
            return true;
    return false;
}

static void give_addresses(struct target *target, const struct vm *vm, const struct vm_nic *nic,
                           const struct check_options *options)
{
    for (size_t i = 0; i < vm->address_count; i++) {
        struct ip_addr address = vm->addresses[i].address;
        if (vm->addresses[i].nic == nic->id && ip_may_be_host(address) &&
            options_want(options, address.family) && !is_given(target, address) &&
            target->given_count < TARGET_ADDRESSES_MAX)
            target->given[target->given_count++] = address;
    }
}

static void add_tap(struct selection *selection, const struct vm *vm, const struct vm_backend *backend)
{
    struct target *target = selection_add(selection, 0, backend->ifname);
    const struct vm_nic *nic = nic_of(vm, backend);

    if (nic == NULL)
        return;
    if (!target->has_mac && vm_nic_has_mac(nic)) {
        target->has_mac = true;
        target->mac = nic->mac;
    }
    give_addresses(target, vm, nic, selection->options);
}

static void add_taps(struct selection *selection, const struct vm *vm)
{
    for (size_t i = 0; i < vm->backend_count; i++)
        if (vm->backends[i].kind == VM_BACKEND_TAP && vm->backends[i].ifname != NULL)
            add_tap(selection, vm, &vm->backends[i]);
}

int domain_xml_select(const struct command_line *line, struct selection *selection, char **ret_failure)
{
    struct vm_list vms = {0};
    size_t size;
    char *text = input_read(line, line->xml, &size, ret_failure), *error = NULL;

    if (text == NULL)
        return EXIT_OS;
    if (!libvirt_xml_parse(text, size, &vms, &error))
        *ret_failure = text_format("%s: %s", line->xml, error);
    for (size_t i = 0; i < vms.count; i++)
        add_taps(selection, vms.items[i]);
    if (*ret_failure == NULL && selection->count == 0)
        *ret_failure =
            text_format("%s names no tap: libvirt makes up the names when the domain is started, and then "
                        "virsh dumpxml has them",
                        line->xml);
    vm_list_free(&vms);
    free(error);
    free(text);
    return *ret_failure != NULL ? EXIT_UNKNOWN : 0;
}
