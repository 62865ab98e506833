// Code that the fuzz targets share (docs/testing.md).
//
// A target is one file, <parser>_fuzzer.cc, in the parser's package. It defines
// LLVMFuzzerTestOneInput and FuzzSeeds, and fuzz_target() (bazel/fuzz.bzl)
// builds it twice: as a test that replays the seeds and the committed inputs,
// and with libFuzzer.
//
//   extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
//     const absl::StatusOr<Thing> thing = ReadThing(InputPath("thing", input));
//     if (Accepts(thing)) Require(Written(*thing) == input, "round trip");
//     return 0;
//   }
#ifndef QUANT_CURVE_LIB_FUZZING_FUZZING_H_
#define QUANT_CURVE_LIB_FUZZING_FUZZING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

extern "C" {
// libFuzzer's entry points (https://llvm.org/docs/LibFuzzer.html). The second
// is in fuzzing.cc: with --write_seeds=FOLDER among the arguments it writes
// FuzzSeeds() there and ends the process.
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
int LLVMFuzzerInitialize(int* argc, char*** argv);
}

namespace quant_curve {

// Defined by each target: small inputs that the parser accepts. Made by code,
// so that they follow the formats.
std::vector<std::string> FuzzSeeds();

inline absl::string_view InputView(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Aborts and names the property when it does not hold.
void Require(bool holds, absl::string_view property);

// Whether the parser took the input. Requires of a refusal that its message is
// one that a tool can print: not empty and at most 16 KiB.
bool Accepts(const absl::Status& status);
template <typename T>
bool Accepts(const absl::StatusOr<T>& result) {
  return Accepts(result.status());
}

// How many inputs were accepted so far. The replay requires every seed to be.
int64_t NumAccepted();

// An empty folder of this process, in memory where /dev/shm can be written, for
// parsers that want a path. It is removed when the process ends normally.
const std::string& InputFolder();

// The path of a file of that folder, which now has these contents.
std::string InputPath(absl::string_view name, absl::string_view contents);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FUZZING_FUZZING_H_
