// Files that the tests make themselves: good ones, and the means to spoil them.
#ifndef QUANT_CURVE_TOOLS_IMPORT_TEST_INPUTS_H_
#define QUANT_CURVE_TOOLS_IMPORT_TEST_INPUTS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace quant_curve {

// An empty folder of its own for every call.
std::string MakeTestFolder();

// Writes the file, in place of an older one; fails the test when it can't.
void WriteTestFile(const std::string& path, absl::string_view contents);

// The little-endian bytes of numbers.
std::string BytesOf(const std::vector<float>& values);
std::string BytesOf(const std::vector<int32_t>& values);

// `size` as uint64, the header, the data.
std::string SafetensorsBytes(uint64_t size, absl::string_view header,
                             absl::string_view data);
// With the header's true size.
std::string SafetensorsBytes(absl::string_view header, absl::string_view data);

// Spoiled contents of one file and what the error must say of it.
struct MalformedInput {
  std::string name;  // of the test: letters and digits
  std::string contents;
  std::string error;
};

// Names of parameterized tests.
std::string NameOfInput(const ::testing::TestParamInfo<MalformedInput>& info);

// Expects that `read` refuses the file in one printable line that names the
// file and says `error`, while the process grows by no more than 256 MiB.
void ExpectRefused(const std::string& path, absl::string_view error,
                   const std::function<absl::Status()>& read);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_TEST_INPUTS_H_
