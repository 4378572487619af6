/* Finds the VMs that a file starts or defines, whatever its format is. Pure; takes any bytes; linear in their
 * number. */
#ifndef VMNETCHECK_VM_FILE_H
#define VMNETCHECK_VM_FILE_H

#include "vm.h"

/* Adds them. A byte order mark tells UTF-16, which is decoded. False and *error set (the caller frees it) if
 * there is none, or if the file is not what it looks like: then *list is as it was. */
bool vm_file_parse(const char *text, size_t size, struct vm_list *list, char **error);

#endif
