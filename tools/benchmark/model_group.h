// The models whose turns are interleaved: one shape, several schemes.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_MODEL_GROUP_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_MODEL_GROUP_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/model/model.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"
#include "tools/benchmark/shapes.h"

namespace quant_curve {

// A model ready to run, and what its artifact said.
struct LoadedModel {
  Model model;
  Scheme scheme;
  ByteAccount bytes;
};

// Models of one config. A model lives as long as someone holds it: those that
// would be too much at once are made anew at each load.
struct ModelGroup {
  using Loader =
      std::function<absl::StatusOr<std::shared_ptr<const LoadedModel>>()>;

  std::string name;
  ModelConfig config;
  std::vector<Scheme> schemes;
  std::vector<Loader> loaders;  // one per scheme
  // Digests (32 raw bytes) of the files that ReadGroup read, in their order.
  std::vector<std::string> sha256s;
  // Of a sequence, at most the context.
  uint32_t sequence_tokens = kSequenceTokens;
};

// Reads quantized models, all of them kept. Refuses files of different configs
// and of one scheme twice; `paths` is not empty. A context shorter than
// kSequenceTokens is the length of the sequences.
absl::StatusOr<ModelGroup> ReadGroup(const std::string& name,
                                     const std::vector<std::string>& paths);

// Random models of a shape that ShapeByName knows. They are kept when all of
// them would take at most 4 GiB as float32.
absl::StatusOr<ModelGroup> RandomGroup(const std::string& shape,
                                       const std::vector<Scheme>& schemes);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_MODEL_GROUP_H_
