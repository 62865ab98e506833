/* Logits of llama.cpp's prebuilt library, for llama_families.sh:
 *
 *   llama_logits LIBLLAMA MODEL.gguf OUTPUT
 *
 * OUTPUT, little-endian: tokens n, vocabulary v and greedy steps g (int32), n
 * token ids (int32), the logits after each of them (float32, [n, v]), and the g
 * most likely tokens, one after another, behind the first n - g ids (int32).
 *
 * The few parameters that are set are at the places that release v0.5.0 has
 * them; llama_library.h passes on the rest. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "llama_library.h"

/* 32-bit words of llama_context_params. */
enum {
  kThreads = 7,
  kBatchThreads = 8,
  kFlashAttention = 13,
  kKeyType = 26,
  kValueType = 27
};

typedef struct {
  int32_t n_tokens;
  int32_t* token;
  float* embd;
  int32_t* pos;
  int32_t* n_seq_id;
  int32_t** seq_id;
  int8_t* logits;
} Batch;

enum { kMaxTokens = 64 };

static void* NewContext(void* model) {
  Parameters (*defaults)(void) = Find("llama_context_default_params");
  Parameters p = defaults();
  if (p.words[kFlashAttention] != -1 || p.words[kKeyType] != 1 ||
      p.words[kValueType] != 1) {
    Fail("llama_context_params is laid out otherwise than in v0.5.0");
  }
  p.words[kThreads] = p.words[kBatchThreads] = 1;
  p.words[kFlashAttention] = 0;                /* it would round to F16 */
  p.words[kKeyType] = p.words[kValueType] = 0; /* F32 */
  void* (*init)(void*, Parameters) = Find("llama_init_from_model");
  void* context = init(model, p);
  if (context == NULL) Fail("no context");
  return context;
}

/* Appends `count` tokens from `position` on, with the logits of each. */
static void Decode(void* context, const int32_t* ids, int count, int position) {
  Batch (*new_batch)(int32_t, int32_t, int32_t) = Find("llama_batch_init");
  int32_t (*decode)(void*, Batch) = Find("llama_decode");
  Batch batch = new_batch(count, 0, 1);
  batch.n_tokens = count;
  for (int i = 0; i < count; ++i) {
    batch.token[i] = ids[i];
    batch.pos[i] = position + i;
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = 0;
    batch.logits[i] = 1;
  }
  if (decode(context, batch) != 0) Fail("llama_decode");
  ((void (*)(Batch))Find("llama_batch_free"))(batch);
}

static const float* LogitsOf(void* context, int row) {
  const float* (*get)(void*, int32_t) = Find("llama_get_logits_ith");
  const float* logits = get(context, row);
  if (logits == NULL) Fail("no logits");
  return logits;
}

static int32_t MostLikely(const float* logits, int32_t vocab) {
  int32_t best = 0;
  for (int32_t id = 1; id < vocab; ++id) {
    if (logits[id] > logits[best]) best = id;
  }
  return best;
}

static void Write(const void* values, size_t count, FILE* file) {
  if (fwrite(values, 4, count, file) != count) Fail("cannot write");
}

static void WriteAll(void* model, int32_t vocab, FILE* file) {
  int32_t (*context_of)(const void*) = Find("llama_model_n_ctx_train");
  int32_t ids[kMaxTokens];
  int32_t n = context_of(model);
  if (n > kMaxTokens) n = kMaxTokens;
  const int32_t greedy = n / 2;
  const int32_t header[] = {n, vocab, greedy};
  Write(header, 3, file);
  for (int32_t i = 0; i < n; ++i) ids[i] = (i * 7919 + 13) % vocab;
  Write(ids, n, file);
  void* context = NewContext(model);
  Decode(context, ids, n, 0);
  for (int32_t i = 0; i < n; ++i) Write(LogitsOf(context, i), vocab, file);
  ((void (*)(void*))Find("llama_free"))(context);

  context = NewContext(model);
  int32_t position = n - greedy;
  Decode(context, ids, position, 0);
  const float* logits = LogitsOf(context, position - 1);
  for (int32_t i = 0; i < greedy; ++i) {
    const int32_t next = MostLikely(logits, vocab);
    Write(&next, 1, file);
    if (position == n) break;
    Decode(context, &next, 1, position++);
    logits = LogitsOf(context, 0);
  }
  ((void (*)(void*))Find("llama_free"))(context);
}

int main(int argc, char** argv) {
  if (argc != 4) Fail("usage: llama_logits LIBLLAMA MODEL.gguf OUTPUT");
  LoadLibrary(argv[1]);
  void* model = LoadModel(argv[2]);
  int32_t (*tokens_of)(const void*) = Find("llama_vocab_n_tokens");
  FILE* file = fopen(argv[3], "wb");
  if (file == NULL) Fail("cannot open the output");
  WriteAll(model, tokens_of(VocabularyOf(model)), file);
  return fclose(file) == 0 ? 0 : 1;
}
