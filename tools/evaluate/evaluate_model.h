// A measurement of one quantized model on one corpus.
#ifndef QUANT_CURVE_TOOLS_EVALUATE_EVALUATE_MODEL_H_
#define QUANT_CURVE_TOOLS_EVALUATE_EVALUATE_MODEL_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/progress_sink.h"
#include "lib/data/evaluation_text.h"
#include "lib/numerics/parallel.h"
#include "lib/sharding/shard.h"
#include "proto/corpus.pb.h"
#include "proto/measurement.pb.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// The shard's windows and items, scored: what MergeMeasurements wants. The
// windows of the whole are those of CutEvaluationText, of 1 token to the
// model's context. Both messages are validated, whole ones. The digests are
// left to the caller.
//
// Refuses, before any work, a split of fewer than two windows: a standard error
// needs two. Fails, naming scheme and place, when a score is not finite: the
// model overflows (overflow.h).
//
// `reference`, which may be null, runs next to the model over the windows and
// fills `divergence`; the caller sets its digest. Refuses one that was not
// quantized from the same checkpoint.
absl::StatusOr<Measurement> EvaluateShard(
    const Artifact<QuantizedModel>& quantized,
    const Artifact<QuantizedModel>* reference, const Corpus& corpus,
    const EvaluationChoice& choice, const Shard& shard, ThreadPool& threads,
    ProgressSink progress);

// A whole measurement, without the paired comparison: one shard, merged.
absl::StatusOr<Measurement> EvaluateModel(
    const Artifact<QuantizedModel>& quantized,
    const Artifact<QuantizedModel>* reference, const Corpus& corpus,
    const EvaluationChoice& choice, ThreadPool& threads, ProgressSink progress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_EVALUATE_EVALUATE_MODEL_H_
