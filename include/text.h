/* Strings that are printed into fresh memory, and lists of them. Pure. */
#ifndef VMNETCHECK_TEXT_H
#define VMNETCHECK_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* printf into malloc'ed memory; the caller frees it. Out of memory ends the program: nothing sensible is left
 * to do. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_vformat(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* There is no memory: ends the process, with what memory_end_with() was given last or EXIT_FAILURE. */
_Noreturn void memory_end(void);
void memory_end_with(int status);
/* calloc and realloc that do so. */
void *memory_new(size_t count, size_t size);
void *memory_resize(void *old, size_t count, size_t size);

/* A growing list of owned strings. Zero-initialised is empty. */
struct text_list {
    char **items;
    size_t count;
};

void text_list_add(struct text_list *list, char *owned);
void text_list_addf(struct text_list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_list_free(struct text_list *list);
/* "a, b, c", which the caller frees; "" for an empty list. Empties the list. */
char *text_list_join(struct text_list *list);
char *text_list_join_by(struct text_list *list, const char *separator);

/* The word for so many: one where there is 1. */
const char *text_plural(uint64_t count, const char *one, const char *many);

/* A copy of text in which every control character, every character that is not seen as what it is (zero
 * width, marks of direction, …) and every byte that is not well-formed UTF-8 stands as \xNN, so that a
 * guest's or a file's string cannot drive a terminal or deceive who reads it. The caller frees it. */
char *text_escape(const char *text, size_t length);

/* Whether it has only letters, digits, "_", "." and "-", and does not begin with that: then it can stand in a
 * command that is pasted into a shell. */
bool text_is_plain(const char *text);

#endif
