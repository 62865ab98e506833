/* Token ids of llama.cpp's prebuilt library, for llama_families.sh:
 *
 *   llama_tokens LIBLLAMA MODEL.gguf TEXTS
 *
 * TEXTS holds texts, each as its length in bytes (uint32, little-endian) and
 * its bytes. Prints a line of ids for each, without a begin token; what spells
 * a special token is one. The library's parameters are passed on as bytes:
 * llama_logits.c says why. */
#include <dlfcn.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int32_t words[256];
} Parameters;

enum { kMaxBytes = 1 << 16 };

static void* library;

static void Fail(const char* what) {
  fprintf(stderr, "llama_tokens: %s\n", what);
  exit(1);
}

static void* Find(const char* name) {
  void* found = dlsym(library, name);
  if (found == NULL) Fail(name);
  return found;
}

static void LogErrors(int level, const char* text, void* unused) {
  (void)unused;
  if (level == 4) fputs(text, stderr);
}

static const void* LoadVocabulary(const char* path, const char* model_path) {
  char folder[4096];
  snprintf(folder, sizeof(folder), "%s", path);
  void (*backends)(const char*) = Find("ggml_backend_load_all_from_path");
  backends(dirname(folder));
  Parameters (*defaults)(void) = Find("llama_model_default_params");
  void* (*load)(const char*, Parameters) = Find("llama_model_load_from_file");
  void* model = load(model_path, defaults());
  if (model == NULL) Fail("the model is refused");
  const void* (*vocab_of)(const void*) = Find("llama_model_get_vocab");
  return vocab_of(model);
}

int main(int argc, char** argv) {
  if (argc != 4) Fail("LIBLLAMA MODEL.gguf TEXTS");
  library = dlopen(argv[1], RTLD_NOW);
  if (library == NULL) Fail(dlerror());
  ((void (*)(void (*)(int, const char*, void*), void*))Find("llama_log_set"))(
      LogErrors, NULL);
  const void* vocabulary = LoadVocabulary(argv[1], argv[2]);
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
