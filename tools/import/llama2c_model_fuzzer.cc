// A checkpoint of llama2.c: ReadLlama2cModel.

#include <string>
#include <vector>

#include "lib/fuzzing/fuzzing.h"
#include "lib/model/checkpoint.h"
#include "tools/import/llama2c_model.h"
#include "tools/import/test_inputs.h"

namespace quant_curve {
namespace {

constexpr int32_t kMagic = 0x616b3432;
// dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, max_seq_len.
const std::vector<int32_t> kSizes = {4, 3, 1, 2, 1, 5, 6};

std::string Version0(bool tied) {
  std::vector<int32_t> sizes = kSizes;
  if (!tied) sizes[5] = -sizes[5];
  // Embedding, norms, q, k, v, o, w1, w2, w3, the final norm, rotary table.
  const int floats = 5 * 4 + 2 * 4 + 2 * 16 + 2 * 8 + 3 * 12 + 4 + 6 * 2;
  return BytesOf(sizes) +
         BytesOf(std::vector<float>(floats + (tied ? 0 : 5 * 4), 0.5f));
}

std::string Version1() {
  std::string header = BytesOf(std::vector<int32_t>{kMagic, 1});
  header += BytesOf(kSizes) + '\1';
  header.resize(256);
  const int floats = 5 * 4 + 2 * 4 + 2 * 16 + 2 * 8 + 3 * 12 + 4;
  return header + BytesOf(std::vector<float>(floats, 0.5f));
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {Version0(true), Version0(false), Version1()};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  absl::StatusOr<Checkpoint> checkpoint =
      ReadLlama2cModel(InputPath("model.bin", InputView(data, size)));
  if (!Accepts(checkpoint)) return 0;
  checkpoint->set_tokenizer_sha256(std::string(32, 't'));
  Require(ValidateCheckpoint(*checkpoint).ok(), "what was read is valid");
  return 0;
}
