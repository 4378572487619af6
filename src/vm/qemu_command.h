/* The options of QEMU's command line by their names. */
#ifndef VMNETCHECK_QEMU_COMMAND_H
#define VMNETCHECK_QEMU_COMMAND_H

#include <stdbool.h>

/* Has it no value? After any other option, a known or an unknown one, a word that is no option is its
 * value. */
bool qemu_option_is_flag(const char *name);

#endif
