/* libFuzzer: any bytes as a start script. */
#include "script.h"

#include "sane_vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vm_list list = {0};

    script_parse((const char *)data, size, &list);
    require_sane_vms(&list);
    return 0;
}
