// Where int8 activations are clipped, from the calibration's histogram.
#ifndef QUANT_CURVE_TOOLS_QUANTIZE_ACTIVATION_CLIP_H_
#define QUANT_CURVE_TOOLS_QUANTIZE_ACTIVATION_CLIP_H_

#include "absl/status/statusor.h"
#include "proto/calibration.pb.h"

namespace quant_curve {

// The upper edge, smallest * 2^(i / bins_per_octave), of the first bin i with
// which `percentile` (in (0, 100]) percent of the magnitudes are counted; at
// most max_magnitude, which is also the last, open bin's edge. So 0, "no clip",
// where the calibration saw only zeros. Refuses a histogram without counts,
// positive `smallest` or bins_per_octave.
absl::StatusOr<float> ActivationClip(const MagnitudeHistogram& histogram,
                                     double percentile);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_QUANTIZE_ACTIVATION_CLIP_H_
