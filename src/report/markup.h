/* Text and attributes of XML and HTML. */
#ifndef VMNETCHECK_MARKUP_H
#define VMNETCHECK_MARKUP_H

#include <stdint.h>
#include <stdio.h>

/* Puts text into an element, or into an attribute in double quotes. What markup cannot have at all is escaped
 * like for a terminal. */
void markup_text(FILE *out, const char *text);
/* The same of a formatted text. */
void markup_textf(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* No more than so many characters of it, the last one an ellipsis if there are more. */
void markup_short_text(FILE *out, const char *text, size_t most);
/* NAME="VALUE", with a blank in front. */
void markup_attribute(FILE *out, const char *name, const char *value);
/* <ELEMENT>TEXT</ELEMENT>; class may be NULL. */
void markup_element(FILE *out, const char *element, const char *class, const char *text);

#endif
