#include "tools/quantize/scale_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "lib/artifact/status_macros.h"

namespace quant_curve {
namespace {

constexpr int kFactors = 49;
constexpr double kLeastFactor = 0.55;
constexpr double kFactorStep = 0.0125;
// Factors of both signs, then FitGrid's own scale.
constexpr int kCandidates = 2 * kFactors + 1;

// One number per candidate. Loops run over candidates, never over the weights
// of a sum, so that the compiler uses vectors without reordering a sum.
using Row = std::array<float, kCandidates>;

// The format's levels as floats.
struct LevelTable {
  explicit LevelTable(const CodeFormat& format)
      : lowest(static_cast<float>(LevelOf(format.lowest(), format))),
        highest(static_cast<float>(LevelOf(format.highest(), format))) {
    for (size_t i = 1; i < format.table.size(); ++i) {
      const int below = format.table[i - 1];
      const int above = format.table[i];
      middles.push_back(0.5f * static_cast<float>(below + above));
      steps.push_back(static_cast<float>(above - below));
    }
  }

  float lowest, highest;
  std::vector<float> middles;  // between neighbours; empty without a table
  std::vector<float> steps;    // from one level to the next
};

// The levels nearest to values[k].
void NearestLevels(const LevelTable& table, const Row& values, Row& levels) {
  if (table.middles.empty()) {
    // Adding this rounds to the nearest integer, ties to even: no bit of a
    // fraction is left in the mantissa.
    constexpr float kRound = 0x1.8p23f;
    for (int k = 0; k < kCandidates; ++k) {
      const float clamped =
          std::min(table.highest, std::max(table.lowest, values[k]));
      levels[k] = (clamped + kRound) - kRound;
    }
    return;
  }
  levels.fill(table.lowest);
  for (size_t i = 0; i < table.middles.size(); ++i) {
    const float middle = table.middles[i];
    const float step = table.steps[i];
    for (int k = 0; k < kCandidates; ++k) {
      levels[k] += values[k] >= middle ? step : 0.0f;
    }
  }
}

// The candidates as multiples of FitGrid's scale.
Row Factors(bool signed_scale) {
  Row factors;
  for (int i = 0; i < kFactors; ++i) {
    factors[i] = static_cast<float>(kLeastFactor + kFactorStep * i);
    factors[kFactors + i] = signed_scale ? -factors[i] : factors[i];
  }
  factors[kCandidates - 1] = 1;
  return factors;
}

// Weights above FitGrid's minimum in units of its scale, so that they are of
// the size of levels, and importance relative to the largest.
struct Group {
  std::vector<float> weights;
  std::vector<float> importance;
};

Group Normalize(absl::Span<const double> weights,
                absl::Span<const double> importance, const Grid& grid) {
  const double largest =
      *std::max_element(importance.begin(), importance.end());
  Group group;
  for (size_t j = 0; j < weights.size(); ++j) {
    group.weights.push_back(
        static_cast<float>((weights[j] - grid.minimum) / grid.scale));
    group.importance.push_back(
        largest > 0 ? static_cast<float>(importance[j] / largest) : 1.0f);
  }
  return group;
}

Row Inverse(const Row& factors) {
  Row inverse;
  for (int k = 0; k < kCandidates; ++k) inverse[k] = 1 / factors[k];
  return inverse;
}

// Candidate k reads a level as factors[k] level + offsets[k].
struct Candidates {
  Row factors;
  Row offsets = {};
};

// The levels that candidates give one weight.
void LevelsOf(const Candidates& candidates, const Row& inverse, float weight,
              const LevelTable& table, Row& levels) {
  Row values;
  for (int k = 0; k < kCandidates; ++k) {
    values[k] = (weight - candidates.offsets[k]) * inverse[k];
  }
  NearestLevels(table, values, levels);
}

// The same as RefitFactors for factors and offsets together: the normal
// equations of two unknowns.
void RefitBoth(const Group& group, const LevelTable& table,
               Candidates& candidates) {
  const Row inverse = Inverse(candidates.factors);
  Row levels, sum_l = {}, sum_ll = {}, sum_lw = {};
  float sum = 0, sum_w = 0;
  for (size_t j = 0; j < group.weights.size(); ++j) {
    const float weight = group.weights[j];
    const float importance = group.importance[j];
    LevelsOf(candidates, inverse, weight, table, levels);
    sum += importance;
    sum_w += importance * weight;
    for (int k = 0; k < kCandidates; ++k) {
      const float weighted = importance * levels[k];
      sum_l[k] += weighted;
      sum_ll[k] += weighted * levels[k];
      sum_lw[k] += weighted * weight;
    }
  }
  for (int k = 0; k + 1 < kCandidates; ++k) {
    const float determinant = sum * sum_ll[k] - sum_l[k] * sum_l[k];
    const float factor = (sum * sum_lw[k] - sum_l[k] * sum_w) / determinant;
    if (!(determinant > 0) || !(factor > 0)) continue;
    candidates.factors[k] = factor;
    candidates.offsets[k] = (sum_w - factor * sum_l[k]) / sum;
  }
}

// Moves each factor to sum a w level / sum a level^2 with the levels that it
// gives, but not the last one.
void RefitFactors(const Group& group, const LevelTable& table,
                  Candidates& candidates) {
  Row& factors = candidates.factors;
  const Row inverse = Inverse(factors);
  Row products = {}, squares = {}, levels;
  for (size_t j = 0; j < group.weights.size(); ++j) {
    const float weight = group.weights[j];
    const float importance = group.importance[j];
    LevelsOf(candidates, inverse, weight, table, levels);
    for (int k = 0; k < kCandidates; ++k) {
      const float weighted = importance * levels[k];
      products[k] += weighted * weight;
      squares[k] += weighted * levels[k];
    }
  }
  for (int k = 0; k + 1 < kCandidates; ++k) {
    const float refit = products[k] / squares[k];
    // All levels may be 0, and the sign must stay.
    if (squares[k] > 0 && refit * factors[k] > 0) factors[k] = refit;
  }
}

// sum a (w - offset - factor level)^2 of each candidate.
Row Losses(const Group& group, const LevelTable& table,
           const Candidates& candidates) {
  const Row inverse = Inverse(candidates.factors);
  Row losses = {}, levels;
  for (size_t j = 0; j < group.weights.size(); ++j) {
    const float weight = group.weights[j];
    const float importance = group.importance[j];
    LevelsOf(candidates, inverse, weight, table, levels);
    for (int k = 0; k < kCandidates; ++k) {
      const float error =
          weight - candidates.offsets[k] - candidates.factors[k] * levels[k];
      losses[k] += importance * error * error;
    }
  }
  return losses;
}

}  // namespace

absl::StatusOr<Grid> SearchScale(absl::Span<const double> weights,
                                 absl::Span<const double> importance,
                                 const CodeFormat& format) {
  ASSIGN_OR_RETURN(const Grid fitted, FitGrid(weights, format));
  if (std::all_of(weights.begin(), weights.end(),
                  [](double weight) { return weight == 0; })) {
    return fitted;
  }
  const double unit = fitted.scale;
  const Group group = Normalize(weights, importance, fitted);
  const LevelTable table(format);
  Candidates candidates = {Factors(format.signed_scale)};
  if (format.has_minimum) {
    for (int k = 0; k < kCandidates; ++k) {
      candidates.offsets[k] =
          0.5f * table.highest * (1 - candidates.factors[k]);
    }
    RefitBoth(group, table, candidates);
  } else {
    RefitFactors(group, table, candidates);
  }
  std::array<Grid, kCandidates> grids;
  grids.fill(fitted);
  for (int k = 0; k + 1 < kCandidates; ++k) {
    const absl::StatusOr<Grid> grid =
        GridOfMinimum(candidates.factors[k] * unit,
                      fitted.minimum + candidates.offsets[k] * unit);
    if (grid.ok()) grids[k] = *grid;  // else too large for float16
    candidates.factors[k] = static_cast<float>(grids[k].scale / unit);
    candidates.offsets[k] =
        static_cast<float>((double{grids[k].minimum} - fitted.minimum) / unit);
  }
  const Row losses = Losses(group, table, candidates);
  // FitGrid's scale first, then the candidates in order.
  int best = kCandidates - 1;
  for (int k = 0; k + 1 < kCandidates; ++k) {
    if (losses[k] < losses[best]) best = k;
  }
  return grids[best];
}

}  // namespace quant_curve
