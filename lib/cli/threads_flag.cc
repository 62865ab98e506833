#include "lib/cli/threads_flag.h"

#include <cstdio>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

ABSL_FLAG(quant_curve::ThreadCount, threads, {},
          "threads; affects only speed, never the output");

namespace quant_curve {

bool AbslParseFlag(absl::string_view text, ThreadCount* threads,
                   std::string* error) {
  if (absl::SimpleAtoi(text, &threads->value) && threads->value >= 0 &&
      threads->value <= kMaxThreads) {
    return true;
  }
  *error = absl::StrCat("must be from 0, one per core, to ", kMaxThreads);
  return false;
}

std::string AbslUnparseFlag(const ThreadCount& threads) {
  return absl::StrCat(threads.value);
}

std::unique_ptr<ThreadPool> PoolFromFlag() {
  const int threads = absl::GetFlag(FLAGS_threads).value;
  auto pool = std::make_unique<ThreadPool>(threads);
  if (threads > pool->num_threads()) {
    std::fprintf(stderr,
                 "--threads=%d: the system refused more than %d threads (see "
                 "ulimit -u); the results do not depend on them\n",
                 threads, pool->num_threads());
  }
  return pool;
}

}  // namespace quant_curve
