/* libFuzzer: any bytes as a libvirt domain. */
#include "libvirt_xml.h"

#include "sane_vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vm_list list = {0};
    char *error = NULL;
    bool read = libvirt_xml_parse((const char *)data, size, &list, &error);

    (void)libvirt_xml_probable((const char *)data, size);
    require(read == (error == NULL) && read == (list.count > 0));
    require_sane_vms(&list);
    free(error);
    return 0;
}
