/* Finds the QEMU command lines of a start script. Pure; takes any bytes up to the first NUL; linear
 * in their number; runs nothing. */
#ifndef VMNETCHECK_SCRIPT_H
#define VMNETCHECK_SCRIPT_H

#include "vm.h"

/* Adds each VM that the script starts. Followed: quotes, line continuations, comments (also $(: …), $(# …)
 * and `# …`), plain and array assignments as far as they surely hold where they are used, ${V:-default}, and
 * "set it if it is empty". Anything else ($1, $(command), a variable of a loop or of a file that is read)
 * stays as written and is marked unresolved. Scripts in a word are read as
 * well: sh -c '…', eval. Reading ends behind VM_LIST_MAX of them; of a command with more words than any has,
 * the rest is unfollowed; where there are more variables than any script has, the others are unknown. */
void script_parse(const char *text, size_t size, struct vm_list *list);

#endif
