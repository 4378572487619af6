/* The files of tests/unit/data, whose origin stands in them or beside them. Tests run from the top of the
 * tree. */
#ifndef VMNETCHECK_VM_DATA_H
#define VMNETCHECK_VM_DATA_H

#include "text.h"

static inline char *read_data(const char *name, size_t *ret_size)
{
    char *path = text_format("tests/unit/data/%s", name), *text = memory_new(65536, 1);
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    *ret_size = fread(text, 1, 65535, file);
    assert_int_equal(fclose(file), 0);
    free(path);
    return text;
}

#endif
