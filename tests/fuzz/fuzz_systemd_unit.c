/* libFuzzer: any bytes as a unit of systemd. */
#include "systemd_unit.h"

#include "sane_vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vm_list list = {0};

    (void)systemd_unit_probable((const char *)data, size);
    systemd_unit_parse((const char *)data, size, &list);
    require_sane_vms(&list);
    return 0;
}
