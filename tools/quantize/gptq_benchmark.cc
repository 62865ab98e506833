// Google Benchmark of GPTQ on one matrix, Cholesky included: plain, and with
// scale search and coordinate descent.
//
//   bazel run //tools/quantize:gptq_benchmark
//
// Arguments: out_features, in_features, threads. The counter is weights/s.
#include <cmath>
#include <cstdint>

#include "benchmark/benchmark.h"
#include "tools/quantize/coordinate_descent.h"
#include "tools/quantize/gptq.h"
#include "tools/quantize/hessian.h"
#include "tools/quantize/test_matrices.h"

namespace quant_curve {
namespace {

// Correlations that fall off with the distance: positive definite.
Matrix CorrelatedHessian(uint64_t size) {
  Matrix hessian(size, size);
  for (uint64_t i = 0; i < size; ++i) {
    for (uint64_t j = 0; j < size; ++j) {
      hessian.Row(i)[j] = std::pow(
          0.9, std::abs(static_cast<double>(i) - static_cast<double>(j)));
    }
  }
  return hessian;
}

void Quantize(benchmark::State& state, const Scheme& scheme) {
  const uint64_t out = state.range(0), in = state.range(1);
  const Matrix weights = RandomMatrix(out, in, 1);
  const Matrix hessian = CorrelatedHessian(in);
  const uint32_t rounds = scheme.gptq().coordinate_descent_rounds();
  ThreadPool pool(static_cast<int>(state.range(2)));
  for (auto _ : state) {
    const auto factor = FactorHessian(hessian, kDefaultDamping, pool);
    auto coded = QuantizeGptq(weights, *factor, scheme, pool);
    if (rounds > 0) {
      DescendCoordinates(weights, DampedHessian(hessian, kDescentDamping),
                         scheme, rounds, pool, *coded);
    }
    benchmark::DoNotOptimize(coded->codes.data());
  }
  state.counters["weights/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * out * in),
                         benchmark::Counter::kIsRate);
}

void Gptq(benchmark::State& state) {
  Quantize(state, IntegerScheme(4, true, PER_GROUP, 64));
}

Scheme WithSearchAndDescent(Levels levels) {
  Scheme scheme = IntegerScheme(4, true, PER_GROUP, 64);
  scheme.set_levels(levels);
  scheme.mutable_gptq()->set_scale_search(true);
  scheme.mutable_gptq()->set_coordinate_descent_rounds(2);
  return scheme;
}

void SignedScaleSearchDescent(benchmark::State& state) {
  Quantize(state, WithSearchAndDescent(LEVELS_SIGNED_SCALE));
}

void TableSearchDescent(benchmark::State& state) {
  Quantize(state, WithSearchAndDescent(LEVELS_IQ4_NL));
}

BENCHMARK(Gptq)
    ->Args({768, 3072, 2})
    ->Args({768, 3072, 1})
    ->Args({768, 768, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(SignedScaleSearchDescent)
    ->Args({768, 3072, 2})
    ->Args({768, 3072, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(TableSearchDescent)
    ->Args({768, 3072, 2})
    ->Args({768, 3072, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace quant_curve

BENCHMARK_MAIN();
