#include "lib/artifact/foreign_format.h"

#include "absl/strings/match.h"

namespace quant_curve {
namespace {

constexpr struct {
  absl::string_view start;
  const char* what;
} kFormats[] = {
    {"version https://git-lfs.github.com/",
     "is a Git LFS pointer, not the file itself: fetch that with 'git lfs "
     "pull'"},
    {"GGUF", "is a GGUF file: only import reads it, as its --model"},
    // A PyTorch checkpoint since version 1.6 is a ZIP archive.
    {"PK\x03\x04",
     "is a ZIP archive (a PyTorch checkpoint?), which is not read: save the "
     "model as safetensors"},
    {"\x80\x02",
     "is a Python pickle (a PyTorch checkpoint?), which is not read: save the "
     "model as safetensors"},
    {"\x1f\x8b", "is compressed with gzip: unpack it first"},
};

}  // namespace

std::string ForeignFormat(absl::string_view bytes) {
  for (const auto& format : kFormats) {
    if (absl::StartsWith(bytes, format.start)) return format.what;
  }
  if (absl::StartsWithIgnoreCase(bytes, "<!doctype html") ||
      absl::StartsWithIgnoreCase(bytes, "<html")) {
    return "is an HTML page, probably a failed download: fetch the file again";
  }
  return "";
}

}  // namespace quant_curve
