// config.json and tokenizer.json of a Hugging Face model directory.
#ifndef QUANT_CURVE_TOOLS_EXPORT_HUGGING_FACE_JSON_H_
#define QUANT_CURVE_TOOLS_EXPORT_HUGGING_FACE_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "lib/json/json.h"
#include "proto/checkpoint.pb.h"
#include "proto/tokenizer.pb.h"

namespace quant_curve {

// Of the config's family (lib/families/family.h), for the weights that
// hugging_face_model.h writes: a folded embedding multiplier unties the head.
// `tokenizer` gives the begin and end tokens; null: none. `quantization` is
// that of compressed_tensors.h, for its weights; null: none. Refuses what
// FamilyOf refuses.
absl::StatusOr<std::string> ConfigJson(const ModelConfig& config,
                                       const BpeTokenizer* tokenizer,
                                       const Json& quantization = nullptr);

// Of a valid tokenizer, as Hugging Face's tokenizers read it. A score-based one
// gets its merges as SentencePiece's converter finds them: each split of a
// token into two, higher scores first.
std::string TokenizerJson(const BpeTokenizer& tokenizer);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EXPORT_HUGGING_FACE_JSON_H_
