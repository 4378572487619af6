/* The words of a command of systemd.service(5): quotes, escapes, specifiers, variables. */
#ifndef VMNETCHECK_SYSTEMD_WORDS_H
#define VMNETCHECK_SYSTEMD_WORDS_H

#include "shell.h"

/* Splits the line from the offset on. A word with a specifier (%i) is unresolved. A semicolon of its own is a
 * word, too. */
void systemd_split(const struct shell_word *line, size_t offset, struct shell_words *ret);
/* Adds the word with its variables replaced by what the shell knows: none, one or several words. */
void systemd_expand(struct shell *shell, const struct shell_word *word, struct shell_words *words);

#endif
