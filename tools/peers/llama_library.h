/* What the programs that call llama.cpp's prebuilt library share: loading it,
 * its functions by name, and a model.
 *
 * The library's parameters are structures that change from release to release.
 * They are passed on as bytes, with the defaults that the library has. */
#ifndef QUANT_CURVE_TOOLS_PEERS_LLAMA_LIBRARY_H_
#define QUANT_CURVE_TOOLS_PEERS_LLAMA_LIBRARY_H_

#include <dlfcn.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Longer than any of them: the callee reads its own part of the stack. */
typedef struct {
  int32_t words[256];
} Parameters;

static void* library;

static void Fail(const char* what) {
  fprintf(stderr, "llama.cpp: %s\n", what);
  exit(1);
}

/* A function of the library. */
static void* Find(const char* name) {
  void* found = dlsym(library, name);
  if (found == NULL) Fail(name);
  return found;
}

static void LogErrors(int level, const char* text, void* unused) {
  (void)unused;
  if (level == 4) fputs(text, stderr);
}

/* Loads the library at `path`, with the backends in its folder. */
static void LoadLibrary(const char* path) {
  library = dlopen(path, RTLD_NOW);
  if (library == NULL) Fail(dlerror());
  ((void (*)(void (*)(int, const char*, void*), void*))Find("llama_log_set"))(
      LogErrors, NULL);
  char folder[4096];
  snprintf(folder, sizeof(folder), "%s", path);
  void (*load)(const char*) = Find("ggml_backend_load_all_from_path");
  load(dirname(folder));
  ((void (*)(void))Find("llama_backend_init"))();
}

static void* LoadModel(const char* path) {
  Parameters (*defaults)(void) = Find("llama_model_default_params");
  void* (*load)(const char*, Parameters) = Find("llama_model_load_from_file");
  void* model = load(path, defaults());
  if (model == NULL) Fail("the model is refused");
  return model;
}

static const void* VocabularyOf(const void* model) {
  const void* (*vocab_of)(const void*) = Find("llama_model_get_vocab");
  return vocab_of(model);
}

#endif /* QUANT_CURVE_TOOLS_PEERS_LLAMA_LIBRARY_H_ */
