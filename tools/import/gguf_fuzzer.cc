// A GGUF file with its tokenizer: ImportModel.

#include <string>
#include <vector>

#include "lib/fuzzing/fuzzing.h"
#include "lib/model/checkpoint.h"
#include "lib/text/bpe_tokenizer.h"
#include "tools/import/import_model.h"
#include "tools/import/test_gguf.h"

namespace quant_curve {

std::vector<std::string> FuzzSeeds() {
  TestGguf old = TinyLlamaGguf();
  old.version = 2;
  old.Set("llama.rope.freq_base", GgufFloat32(500));
  old.Set("llama.rope.scaling.type", GgufText("linear"));
  old.Set("llama.rope.scaling.factor", GgufFloat32(2));
  TestGguf llama3 = TinyLlamaGguf();
  llama3.tensors.push_back(
      {"rope_freqs.weight",
       {2},
       0,
       std::string("\x00\x00\x80\x3f\x00\x00\x80\x3f", 8)});
  TestGguf gemma3 = TinyGemma3Gguf();
  gemma3.Set("gemma3.attention.sliding_window_pattern", GgufUint32(2));
  gemma3.Set("gemma3.final_logit_softcapping", GgufFloat32(30));
  TestGguf granite = TinyLlamaGgufAs("granite");
  granite.Set("granite.logit_scale", GgufFloat32(8));
  return {TinyLlamaGguf().Bytes(),
          TinyGpt2Gguf().Bytes(),
          old.Bytes(),
          llama3.Bytes(),
          gemma3.Bytes(),
          granite.Bytes(),
          TinyLlamaGgufAs("smollm3").Bytes()};
}

}  // namespace quant_curve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quant_curve;
  const std::string path = InputPath("model.gguf", InputView(data, size));
  const absl::StatusOr<ImportedModel> model = ImportModel(path, "");
  if (!Accepts(model)) return 0;
  Require(ValidateCheckpoint(model->checkpoint).ok(),
          "the checkpoint is valid");
  Require(ValidateBpeTokenizer(model->tokenizer).ok(),
          "the tokenizer is valid");
  return 0;
}
