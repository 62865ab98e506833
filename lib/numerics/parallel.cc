#include "lib/numerics/parallel.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace quant_curve {
namespace {

// Looks out before a worker sleeps, about 15 ns each: waking it takes longer
// than most work between two rounds.
constexpr int kSpins = 20000;
// Looks that the caller takes before it offers its core to a late worker.
constexpr int kSpinsBeforeYield = 10000;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  if (threads <= 0) threads = std::thread::hardware_concurrency();
  try {
    for (int i = 1; i < std::max(threads, 1); ++i) {
      workers_.emplace_back([this] { Work(); });
    }
  } catch (const std::system_error&) {
    // A limit on threads (ulimit -u, a container's): those that there are do.
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    ++round_;
  }
  start_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::ParallelFor(int64_t count,
                             absl::FunctionRef<void(int64_t)> body) {
  if (workers_.empty() || count <= 1) {
    for (int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    body_ = &body;
    count_ = count;
    next_ = 0;
    busy_ = static_cast<int>(workers_.size());
    ++round_;
  }
  start_.notify_all();
  TakePieces(body, count);
  for (int spins = 0; busy_.load(std::memory_order_acquire) > 0; ++spins) {
    if (spins < kSpinsBeforeYield) {
      Pause();
    } else {
      std::this_thread::yield();
    }
  }
  if (thrown_ != nullptr) {
    std::rethrow_exception(std::exchange(thrown_, nullptr));
  }
}

// An exception (no memory) must not leave a worker, which would end the
// process, nor the caller while workers still use its variables.
void ThreadPool::TakePieces(absl::FunctionRef<void(int64_t)> body,
                            int64_t count) {
  try {
    for (int64_t i = next_++; i < count; i = next_++) body(i);
  } catch (...) {
    next_ = count;  // the pieces left need not be done
    std::lock_guard<std::mutex> lock(mutex_);
    thrown_ = std::current_exception();
  }
}

// Returns when there is a round after `seen`; false when the pool ends.
bool ThreadPool::WaitForRound(uint64_t seen) {
  const auto is_new = [&] {
    return round_.load(std::memory_order_acquire) != seen;
  };
  for (int spins = 0; spins < kSpins && !is_new(); ++spins) Pause();
  if (!is_new()) {
    std::unique_lock<std::mutex> lock(mutex_);
    start_.wait(lock, is_new);
  }
  return !stopping_;
}

void ThreadPool::Work() {
  for (uint64_t seen = 0; WaitForRound(seen);) {
    // The caller waits for busy_, so no second round can start meanwhile.
    seen = round_;
    TakePieces(*body_, count_);
    busy_.fetch_sub(1, std::memory_order_release);
  }
}

absl::Status ParallelForStatus(ThreadPool& pool, int64_t count,
                               absl::FunctionRef<absl::Status(int64_t)> body) {
  std::vector<absl::Status> statuses(count);
  pool.ParallelFor(count, [&](int64_t i) { statuses[i] = body(i); });
  for (absl::Status& status : statuses) {
    if (!status.ok()) return std::move(status);
  }
  return absl::OkStatus();
}

}  // namespace quant_curve
