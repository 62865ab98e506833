// Threads for work that is cut into independent pieces.
#ifndef QUANT_CURVE_LIB_NUMERICS_PARALLEL_H_
#define QUANT_CURVE_LIB_NUMERICS_PARALLEL_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"

namespace quant_curve {

// Which thread takes which piece is up to chance: a piece must write only what
// is its own, so that no result depends on it.
//
// Workers look out for the next call for some microseconds before they sleep:
// decoding calls many times a millisecond.
class ThreadPool {
 public:
  // `threads` in all, the caller among them; 0 means one a core.
  explicit ThreadPool(int threads);
  ~ThreadPool();

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int num_threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls body(0) … body(count - 1), each once, and returns when all are done.
  // Not reentrant: a body must not call it on the same pool.
  void ParallelFor(int64_t count, absl::FunctionRef<void(int64_t)> body);

 private:
  void Work();
  void TakePieces(absl::FunctionRef<void(int64_t)> body, int64_t count);

  bool WaitForRound(uint64_t seen);

  std::vector<std::thread> workers_;
  std::mutex mutex_;  // for sleeping alone
  std::condition_variable start_;
  // Written before round_ grows, read after; the pointer is the caller's and
  // lives until busy_ is 0 again.
  const absl::FunctionRef<void(int64_t)>* body_ = nullptr;
  int64_t count_ = 0;
  std::atomic<uint64_t> round_{0};
  std::atomic<int> busy_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> next_{0};
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_NUMERICS_PARALLEL_H_
