/* Token ids of llama.cpp's prebuilt library, for llama_families.sh:
 *
 *   llama_tokens LIBLLAMA MODEL.gguf TEXTS
 *
 * TEXTS holds texts, each as its length in bytes (uint32, little-endian) and
 * its bytes. Prints a line of ids for each, without a begin token; what spells
 * a special token is one. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "llama_library.h"

enum { kMaxBytes = 1 << 16 };

int main(int argc, char** argv) {
  if (argc != 4) Fail("usage: llama_tokens LIBLLAMA MODEL.gguf TEXTS");
  LoadLibrary(argv[1]);
  const void* vocabulary = VocabularyOf(LoadModel(argv[2]));
  int32_t (*tokenize)(const void*, const char*, int32_t, int32_t*, int32_t,
                      bool, bool) = Find("llama_tokenize");
  FILE* texts = fopen(argv[3], "rb");
  if (texts == NULL) Fail("cannot open the texts");
  static char text[kMaxBytes];
  static int32_t ids[kMaxBytes];
  uint32_t size;
  while (fread(&size, sizeof(size), 1, texts) == 1) {
    if (size > kMaxBytes || fread(text, 1, size, texts) != size) {
      Fail("the texts end within one, or one is too long");
    }
    const int32_t count =
        tokenize(vocabulary, text, (int32_t)size, ids, kMaxBytes, false, true);
    if (count < 0) Fail("too many tokens");
    for (int32_t i = 0; i < count; ++i) printf(i > 0 ? " %d" : "%d", ids[i]);
    puts("");
  }
  return 0;
}
