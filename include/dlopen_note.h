/* What a file loads by dlopen(3), told to packagers: their programs read it from the ELF note .note.dlopen,
 * since no NEEDED tells it. See https://uapi-group.org/specifications/specs/elf_dlopen_metadata/. */
#ifndef VMNETCHECK_DLOPEN_NOTE_H
#define VMNETCHECK_DLOPEN_NOTE_H

#include <stdint.h>

/* How much is lost without the library. */
#define DLOPEN_RECOMMENDED "recommended"
#define DLOPEN_SUGGESTED   "suggested"

#ifdef __ELF__

/* Once in a file: string literals without a quote in them. */
#define DLOPEN_NOTE(feature, description, priority, soname)                                                  \
    DLOPEN_NOTE_OF("[{\"feature\":\"" feature "\",\"description\":\"" description                            \
                   "\",\"priority\":\"" priority "\",\"soname\":[\"" soname "\"]}]")

#define DLOPEN_NOTE_OF(json)                                                                                 \
    __attribute__((used, section(".note.dlopen"))) _Alignas(4) static const struct {                         \
        uint32_t owner_size, text_size, type;                                                                \
        char owner[sizeof "FDO"];                                                                            \
        _Alignas(4) char text[sizeof(json)];                                                                 \
    } dlopen_note = {.owner_size = sizeof "FDO",                                                             \
                     .text_size = sizeof(json),                                                              \
                     .type = 0x407c0c0a,                                                                     \
                     .owner = "FDO",                                                                         \
                     .text = (json)}

#else

#define DLOPEN_NOTE(feature, description, priority, soname)                                                  \
    _Static_assert(sizeof(soname) > 1, "no library is named")

#endif

#endif
