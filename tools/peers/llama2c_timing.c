/* Decoding speed of karpathy/llama2.c: its run.c is included as it is, given by
 * -DRUN_C='"/path/to/run.c"'. Random weights, the shape of MiniGPT with the MLP
 * that llama2.c has: dim 64, hidden 172, 2 layers, 4 heads, 64 tokens, 64
 * positions, 103,232 parameters. Each repeat prefills 32 positions and
 * times 32. Prints the median of 301 in tokens a second. */
#define TESTING /* leaves its main out */
#include RUN_C

#include <string.h>

enum { kRepeats = 301, kPrefilled = 32, kPositions = 64 };

static double NowSeconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int Compare(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

/* By its bits: -Ofast takes isfinite for true. */
static int IsFinite(float value) {
  unsigned bits;
  memcpy(&bits, &value, sizeof(bits));
  return (bits >> 23 & 0xff) != 0xff;
}

int main(void) {
  const Config config = {64, 172, 2, 4, 4, 64, kPositions};
  Transformer transformer;
  transformer.config = config;
  malloc_run_state(&transformer.state, &transformer.config);
  /* More than all weights and the unused rotation tables: 104,256. */
  const int floats = 1 << 17;
  float* weights = malloc(floats * sizeof(float));
  if (weights == NULL) return 1;
  srand(1);
  for (int i = 0; i < floats; ++i) {
    weights[i] = 0.2f * ((float)rand() / (float)RAND_MAX - 0.5f);
  }
  memory_map_weights(&transformer.weights, &transformer.config, weights,
                     /*shared_weights=*/1);
  static double seconds[kRepeats];
  float sum = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    for (int i = 0; i < kPrefilled; ++i) sum += forward(&transformer, i, i)[0];
    const double start = NowSeconds();
    for (int i = kPrefilled; i < kPositions; ++i) {
      sum += forward(&transformer, i, i)[0];
    }
    seconds[repeat] = NowSeconds() - start;
  }
  if (!IsFinite(sum)) return 1;
  qsort(seconds, kRepeats, sizeof(double), Compare);
  printf("%.0f\n", (kPositions - kPrefilled) / seconds[kRepeats / 2]);
  free(weights);
  return 0;
}
