/* libFuzzer: any bytes as /proc/PID/cmdline. */
#include "qemu_args.h"

#include "sane_vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vm *vm = qemu_cmdline_parse((const char *)data, size);

    require_sane_vm(vm);
    vm_free(vm);
    return 0;
}
