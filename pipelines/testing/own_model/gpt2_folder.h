// A Hugging Face folder of a GPT-2 without its tokenizer.
#ifndef QUANT_CURVE_PIPELINES_TESTING_OWN_MODEL_GPT2_FOLDER_H_
#define QUANT_CURVE_PIPELINES_TESTING_OWN_MODEL_GPT2_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "pipelines/testing/own_model/safetensors_writer.h"

namespace quant_curve {

struct Gpt2Shape {
  int vocab_size;
  int d_model;
  int num_layers;
  int num_heads;
  int context_length;
};

// Writes config.json and model.safetensors into an existing folder. The last
// token begins and ends a document.
absl::Status WriteGpt2Folder(const std::string& folder, const Gpt2Shape& shape,
                             const SafetensorsWriter::Fill& fill);

}  // namespace quant_curve

#endif  // QUANT_CURVE_PIPELINES_TESTING_OWN_MODEL_GPT2_FOLDER_H_
