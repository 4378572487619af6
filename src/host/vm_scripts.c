/* The scripts that a VM's start-up names, as they are on this machine. */
#include "vms.h"

#include "rights.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Why nobody can run it, or 0. Who starts the VM is not known: root can run what has any x bit, and see what
 * we may not. */
int vm_script_look_at(const char *path)
{
    struct stat file;

    if (stat(path, &file) < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? errno : 0;
    if (S_ISDIR(file.st_mode))
        return EISDIR;
    return file.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH) ? 0 : EACCES;
}

static void add_script(struct target_vm *target, const struct rights *rights, struct script_facts *scripts,
                       const struct vm_backend *backend, bool down)
{
    const char *path = vm_script(backend, down);
    bool implied = (down ? backend->downscript : backend->script) == NULL;

    if (path == NULL || *path != '/' || vm_text_unresolved(&backend->source, path))
        return; /* none; or it depends on where and how the VM is started */
    if (implied && down)
        return; /* QEMU only says that it is not there */
    scripts[target->script_count++] =
        (struct script_facts){.path = path,
                              .source = &backend->source,
                              .implied = implied,
                              .error = rights->look_at_script(rights->context, path)};
}

void target_vm_look_at_scripts(struct target_vm *target, const struct rights *rights)
{
    const struct vm *vm = target->vm;
    struct script_facts *scripts = memory_new(2 * vm->backend_count, sizeof *scripts);

    for (size_t i = 0; i < vm->backend_count; i++) {
        add_script(target, rights, scripts, &vm->backends[i], false);
        add_script(target, rights, scripts, &vm->backends[i], true);
    }
    target->scripts = scripts;
}
