/* libFuzzer: any bytes as a file that starts VMs, and what lint says of its VMs. */
#include "report.h"
#include "vm_file.h"
#include "vms.h"

#include "sane_vm.h"
#include "vm_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lint(const struct vm *vm, const struct vm_index *all)
{
    static const struct host_facts no_links;
    static const struct check_options options;
    struct target target = {0};
    struct verdict verdict;

    target_vm_set(&target.vm, vm, all);
    struct verdict_input input = {
        .facts = &no_links, .target = &target, .options = &options, .scope = SCOPE_START_UP};
    verdict_evaluate(&input, &verdict);
    require((report_verdict_status(&verdict) == EXIT_UNKNOWN) <= (verdict.unknown.count > 0));
    for (size_t i = 0; i < verdict.finding_count; i++)
        require(verdict.findings[i].evidence.count > 0);
    verdict_free(&verdict);
    target_vm_clear(&target.vm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vm_list list = {0};
    char *error = NULL;

    require(vm_file_parse((const char *)data, size, &list, &error) == (list.count > 0));
    struct vm_index *index = vm_index_of(&list, list.count);
    for (size_t i = 0; i < list.count; i++)
        lint(list.items[i], index);
    vm_index_free(index);
    free(error);
    vm_list_free(&list);
    return 0;
}
