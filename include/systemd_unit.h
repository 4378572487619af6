/* Finds the VMs that a unit of systemd starts. Pure; takes any bytes up to the first NUL; linear in
 * their number. */
#ifndef VMNETCHECK_SYSTEMD_UNIT_H
#define VMNETCHECK_SYSTEMD_UNIT_H

#include "vm.h"

/* Has it a section and commands? */
bool systemd_unit_probable(const char *text, size_t size);
/* Adds the VMs of ExecStart=, ExecStartPre= and ExecStartPost=, as systemd.service(5) has them: an empty one
 * takes back those before it. Environment= is followed; specifiers (%i) and the variables of EnvironmentFile=
 * stay as written and are marked unresolved. */
void systemd_unit_parse(const char *text, size_t size, struct vm_list *list);

#endif
