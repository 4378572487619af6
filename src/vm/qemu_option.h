/* One option argument of QEMU: "tap,id=n0,ifname=tap0", or the same as a JSON object. */
#ifndef VMNETCHECK_QEMU_OPTION_H
#define VMNETCHECK_QEMU_OPTION_H

#include <stdbool.h>
#include <stddef.h>

struct qemu_option {
    char *key, *value;
};

struct qemu_options {
    struct qemu_option *items;
    size_t count;
    bool json;
};

/* Splits as util/qemu-option.c does: a doubled comma is a comma, a first word without '=' is the value of
 * `implied` (unless that is NULL), later ones are switches ("on", or "off" if they start with "no"). A text
 * that starts with '{' is JSON: its nested objects and lists become keys with dots (addr.host), true is "on",
 * false "off". Broken JSON gives no options. */
void qemu_options_parse(const char *text, const char *implied, struct qemu_options *ret);
void qemu_options_free(struct qemu_options *options);

/* The last value given to the key, as in QEMU; NULL if there is none. */
const char *qemu_option(const struct qemu_options *options, const char *key);
/* A copy of it, or NULL. The caller frees it. */
char *qemu_option_copy(const struct qemu_options *options, const char *key);
bool qemu_option_on(const struct qemu_options *options, const char *key);

#endif
