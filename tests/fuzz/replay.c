/* The main program of a fuzzer where there is no libFuzzer: tries each file that it is given. */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void try_file(const char *name)
{
    FILE *file = fopen(name, "r");
    size_t length = 0, capacity = 0;
    uint8_t *bytes = NULL;

    if (file == NULL) {
        perror(name);
        exit(1);
    }
    do {
        capacity = length + BUFSIZ;
        bytes = memory_resize(bytes, capacity, 1);
        length += fread(bytes + length, 1, BUFSIZ, file);
    } while (length == capacity);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, length);
    free(bytes);
}

int main(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        printf("%s\n", arguments[i]);
        fflush(stdout);
        try_file(arguments[i]);
    }
    return 0;
}
