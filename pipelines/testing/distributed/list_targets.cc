// Prints name and bits of each instruction set that the kernels were compiled
// for and this machine has, one per line.
//
//   bazel run //pipelines/testing/distributed:list_targets
#include <cstdint>
#include <cstdio>

#include "hwy/highway.h"

int main() {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    std::printf("%s %lld\n", hwy::TargetName(target),
                static_cast<long long>(target));
  }
}
