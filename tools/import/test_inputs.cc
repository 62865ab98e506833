#include "tools/import/test_inputs.h"

#include <stdlib.h>
#include <sys/resource.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "lib/artifact/status_matchers.h"

namespace quant_curve {
namespace {

int64_t PeakMemoryBytes() {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

template <typename Number>
std::string RawBytes(const std::vector<Number>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()),
                     values.size() * sizeof(Number));
}

}  // namespace

std::string MakeTestFolder() {
  std::string path = absl::StrCat(::testing::TempDir(), "/import_XXXXXX");
  EXPECT_NE(mkdtemp(&path[0]), nullptr);
  return path;
}

void WriteTestFile(const std::string& path, absl::string_view contents) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  ASSERT_TRUE(file.good()) << path;
}

std::string BytesOf(const std::vector<float>& values) {
  return RawBytes(values);
}

std::string BytesOf(const std::vector<int32_t>& values) {
  return RawBytes(values);
}

std::string SafetensorsBytes(uint64_t size, absl::string_view header,
                             absl::string_view data) {
  return absl::StrCat(RawBytes(std::vector<uint64_t>{size}), header, data);
}

std::string SafetensorsBytes(absl::string_view header, absl::string_view data) {
  return SafetensorsBytes(header.size(), header, data);
}

std::string NameOfInput(const ::testing::TestParamInfo<MalformedInput>& info) {
  return info.param.name;
}

void ExpectRefused(const std::string& path, absl::string_view error,
                   const std::function<absl::Status()>& read) {
  const int64_t before = PeakMemoryBytes();
  const absl::Status status = read();
  EXPECT_THAT(status, FailsSaying(path));
  EXPECT_THAT(status, FailsSaying(std::string(error)));
  const std::string message(status.message());
  EXPECT_LT(message.size(), path.size() + 600) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  EXPECT_LT(PeakMemoryBytes() - before, int64_t{256} << 20);
}

}  // namespace quant_curve
