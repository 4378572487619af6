/* Telling formats of files apart. */
#include "vm_file.h"

#include "libvirt_xml.h"
#include "qemu_args.h"
#include "script.h"
#include "systemd_unit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- encodings ---- */

static size_t put_utf8(char *to, uint32_t c)
{
    static const uint8_t marks[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    for (size_t i = length; i-- > 1; c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(marks[length] | c);
    return length;
}

/* RFC 2781. The rest of a broken pair is U+FFFD. The caller frees it. */
static char *from_utf16(const uint8_t *bytes, size_t size, bool big_endian, size_t *ret_size)
{
    char *text = memory_new(size / 2 + 1, 3), *to = text;
    uint32_t high = 0;

    for (size_t i = 0; i + 1 < size; i += 2) {
        uint32_t unit = (uint32_t)bytes[i + big_endian] | (uint32_t)bytes[i + !big_endian] << 8;
        bool low = unit >= 0xdc00 && unit < 0xe000;
        if (high != 0 && low) {
            to += put_utf8(to, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
            high = 0;
            continue;
        }
        if (high != 0 || low)
            to += put_utf8(to, 0xfffd);
        high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
        if (high == 0 && !low)
            to += put_utf8(to, unit);
    }
    *ret_size = (size_t)(to - text);
    return text;
}

static bool starts_with(const char *text, size_t size, const char *start, size_t length)
{
    return size >= length && memcmp(text, start, length) == 0;
}

/* UTF-8 without its mark; *decoded, which the caller frees, or a part of text. */
static const char *decode(const char *text, size_t *size, char **decoded)
{
    bool little_endian = starts_with(text, *size, "\xff\xfe", 2);

    if (starts_with(text, *size, "\xef\xbb\xbf", 3)) {
        *size -= 3;
        return text + 3;
    }
    if (!little_endian && !starts_with(text, *size, "\xfe\xff", 2))
        return text;
    *decoded = from_utf16((const uint8_t *)text + 2, *size - 2, !little_endian, size);
    return *decoded;
}

/* ---- formats ---- */

static bool has_nul(const char *text, size_t size)
{
    return size > 0 && memchr(text, '\0', size) != NULL;
}

/* The arguments of a process as they are kept, each with a NUL behind it. What else has a NUL in it is no
 * text. */
static bool parse_cmdline(const char *text, size_t size, struct vm_list *list, char **error)
{
    struct vm *vm = qemu_cmdline_file_parse(text, size);

    if (vm == NULL)
        *error = text_format("is no text, and no command line of a QEMU");
    else
        vm_list_add(list, vm);
    return vm != NULL;
}

static bool parse_unit(const char *text, size_t size, struct vm_list *list, char **error)
{
    size_t before = list->count;

    systemd_unit_parse(text, size, list);
    if (list->count == before)
        *error = text_format("a unit of systemd that starts no QEMU");
    return list->count > before;
}

static bool is_anything(const char *text, size_t size)
{
    (void)text;
    (void)size;
    return true;
}

static bool parse_script(const char *text, size_t size, struct vm_list *list, char **error)
{
    size_t before = list->count;

    script_parse(text, size, list);
    if (list->count == before)
        *error = text_format("no QEMU command line and no libvirt domain found");
    return list->count > before;
}

bool vm_file_parse(const char *text, size_t size, struct vm_list *list, char **error)
{
    static const struct {
        bool (*is_probable)(const char *text, size_t size);
        bool (*parse)(const char *text, size_t size, struct vm_list *list, char **error);
    } formats[] = {
        {has_nul, parse_cmdline},
        {libvirt_xml_probable, libvirt_xml_parse},
        {systemd_unit_probable, parse_unit},
        {is_anything, parse_script},
    };
    char *decoded = NULL;
    const char *plain = decode(text, &size, &decoded);
    size_t format = 0;

    while (!formats[format].is_probable(plain, size))
        format++;
    *error = NULL;
    bool parsed = formats[format].parse(plain, size, list, error);
    free(decoded);
    return parsed;
}
