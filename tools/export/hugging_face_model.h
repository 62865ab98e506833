// A quantized model as model.safetensors of a Hugging Face directory.
#ifndef QUANT_CURVE_TOOLS_EXPORT_HUGGING_FACE_MODEL_H_
#define QUANT_CURVE_TOOLS_EXPORT_HUGGING_FACE_MODEL_H_

#include "absl/status/status.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/byte_sink.h"
#include "lib/artifact/progress_sink.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// All weights dequantized, float32, under the names of the model's class in
// transformers (lib/families; GPT-2's Conv1D weights are [in, out], q, k and v
// one after another in c_attn); the format is
// https://github.com/huggingface/safetensors. For GPT-2 positions that are
// computed become wpe.weight, and biases that the model lacks are zeros. The
// token embedding is multiplied by FoldedMultiplier, and where that is not 1
// lm_head.weight is also written.
//
// `model` must be valid (ReadQuantizedModel). Refuses what FamilyOf refuses.
// Memory holds one tensor at a time.
absl::Status WriteModelSafetensors(const Artifact<QuantizedModel>& model,
                                   ByteSink& sink,
                                   ProgressSink progress = IgnoreProgress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_HUGGING_FACE_MODEL_H_
